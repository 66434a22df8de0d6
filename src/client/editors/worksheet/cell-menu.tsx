import { Menu } from '@base-ui/react/menu'

import type { CellId } from '../../../sync/change.ts'
import type { WorksheetActions } from './actions.ts'
import { useMenuFocus } from './use-menu-focus.ts'

/** What can be done with one cell, for pointers and for keyboards alike. */
export function CellMenu(props: {
  readonly actions: WorksheetActions
  readonly cell: CellId
  readonly number: number
  readonly inputHidden: boolean
  readonly outputHidden: boolean
}) {
  const { actions, cell } = props
  const { choose, finalFocus } = useMenuFocus(actions)
  const items: readonly (readonly [label: string, run: () => void])[] = [
    ['Run', () => actions.run([cell])],
    ['Split at cursor', () => actions.split(cell)],
    ['Insert cell below', () => actions.insertAfter(cell)],
    ['Move up', () => actions.move(cell, -1)],
    ['Move down', () => actions.move(cell, 1)],
    [props.inputHidden ? 'Show input' : 'Hide input', () => actions.toggleInput(cell)],
    [props.outputHidden ? 'Show output' : 'Hide output', () => actions.toggleOutput(cell)],
    ['Delete cell', () => actions.remove(cell)],
  ]
  return (
    <Menu.Root modal={false}>
      <Menu.Trigger className="ws-cell-menu" aria-label={`Actions of cell ${props.number}`}>
        <span aria-hidden="true">⋮</span>
      </Menu.Trigger>
      <Menu.Portal>
        <Menu.Positioner sideOffset={4} align="start" className="ws-popup-layer">
          <Menu.Popup className="ws-popup" finalFocus={finalFocus}>
            {items.map(([label, run]) => (
              <Menu.Item key={label} className="ws-popup-item" onClick={choose(run)}>
                {label}
              </Menu.Item>
            ))}
          </Menu.Popup>
        </Menu.Positioner>
      </Menu.Portal>
    </Menu.Root>
  )
}

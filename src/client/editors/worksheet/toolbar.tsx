import { Menu } from '@base-ui/react/menu'
import { useMemo } from 'react'

import { useObservable } from '../../ui/use-observable.ts'
import type { WorksheetActions } from './actions.ts'
import { completeOrIndent } from './cell-keys.ts'
import { CELLS, inputPart } from './cells.ts'
import { cellMode } from './cell-mode.ts'
import { SessionButton } from './session-button.tsx'
import { snippetGroups } from './snippets.ts'
import { useMenuFocus } from './use-menu-focus.ts'

/** Run, stop, restart, and pieces of code by field. */
export function Toolbar(props: {
  readonly actions: WorksheetActions
  readonly readOnly: boolean
  readonly onHide: () => void
}) {
  const { actions, readOnly } = props
  const chosen = useObservable(actions.activeCell)
  const [first] = useObservable(actions.document.list(CELLS))
  const active = chosen ?? first
  const session = useObservable(actions.session)
  const groups = useMemo(() => snippetGroups(session?.mode ?? 'sage'), [session?.mode])
  const withCell = (action: (cell: string) => void) => () => {
    if (active !== undefined) action(active)
  }
  return (
    <div className="ws-toolbar" role="toolbar" aria-label="Worksheet">
      <button
        type="button"
        className="ws-primary"
        title="Shift-Enter"
        disabled={readOnly}
        onClick={withCell((cell) => actions.runAndNext(cell))}
      >
        Run
      </button>
      <button
        type="button"
        title="Ctrl-Shift-C"
        disabled={readOnly}
        onClick={() => actions.interrupt()}
      >
        Stop
      </button>
      <button type="button" disabled={readOnly} onClick={() => actions.restart()}>
        Restart
      </button>
      <SessionButton session={session} />
      <button
        type="button"
        title="Complete what stands at the cursor"
        disabled={readOnly}
        onClick={withCell((cell) => {
          const view = actions.views.get(cell)
          view?.focus()
          if (view) completeOrIndent(view)
        })}
      >
        Tab
      </button>
      {active !== undefined && (
        <ModeButtons key={active} actions={actions} cell={active} readOnly={readOnly} />
      )}
      {groups.map((group) => (
        <SnippetMenu
          key={group.title}
          actions={actions}
          group={group}
          disabled={readOnly}
          onInsert={(code) => actions.insertSnippet(code)}
        />
      ))}
      <MoreMenu actions={actions} readOnly={readOnly} onHide={props.onHide} />
    </div>
  )
}

const FORMATS = {
  md: [
    ['Bold', '**', '**'],
    ['Italic', '*', '*'],
    ['Heading', '\n## ', '\n'],
    ['List', '\n- ', ''],
    ['Link', '[', '](https://)'],
    ['Formula', '$', '$'],
  ],
  html: [
    ['Bold', '<b>', '</b>'],
    ['Italic', '<i>', '</i>'],
    ['Heading', '<h2>', '</h2>'],
    ['List', '<ul><li>', '</li></ul>'],
    ['Link', '<a href="https://">', '</a>'],
    ['Formula', '$', '$'],
  ],
} as const

/** Text or code, and for text the formatting. */
function ModeButtons(props: {
  readonly actions: WorksheetActions
  readonly cell: string
  readonly readOnly: boolean
}) {
  const { actions, cell, readOnly } = props
  const text = useObservable(actions.document.text(inputPart(cell)))
  const mode = useMemo(() => cellMode(text.sliceString(0, 500)), [text])
  const formats = mode === 'md' || mode === 'html' ? FORMATS[mode] : []
  return (
    <>
      <div role="group" aria-label="Kind of cell" className="ws-pair">
        <button
          type="button"
          aria-pressed={mode === 'md'}
          disabled={readOnly}
          onClick={() => actions.setMode(cell, 'md')}
        >
          Text
        </button>
        <button
          type="button"
          aria-pressed={mode === 'code'}
          disabled={readOnly}
          onClick={() => actions.setMode(cell, 'code')}
        >
          Code
        </button>
      </div>
      {formats.map(([label, before, after]) => (
        <button
          key={label}
          type="button"
          disabled={readOnly}
          onClick={() => actions.format(before, after)}
        >
          {label}
        </button>
      ))}
    </>
  )
}

/** Each snippet is shown whole before it is chosen. */
function SnippetMenu(props: {
  readonly actions: WorksheetActions
  readonly group: ReturnType<typeof snippetGroups>[number]
  readonly disabled: boolean
  readonly onInsert: (code: string) => void
}) {
  const { actions, group, disabled, onInsert } = props
  const { choose, finalFocus } = useMenuFocus(actions)
  return (
    <Menu.Root modal={false}>
      <Menu.Trigger className="ws-group" disabled={disabled}>
        {group.title} <span aria-hidden="true">▾</span>
      </Menu.Trigger>
      <Menu.Portal>
        <Menu.Positioner sideOffset={4} align="start" className="ws-popup-layer">
          <Menu.Popup className="ws-popup ws-snippets" finalFocus={finalFocus}>
            {group.snippets.map(({ title, code }) => (
              <Menu.Item
                key={title}
                label={title}
                aria-label={title}
                className="ws-popup-item"
                onClick={choose(() => onInsert(code))}
              >
                {title}
                <pre className="ws-preview">{code}</pre>
              </Menu.Item>
            ))}
          </Menu.Popup>
        </Menu.Positioner>
      </Menu.Portal>
    </Menu.Root>
  )
}

function MoreMenu(props: {
  readonly actions: WorksheetActions
  readonly readOnly: boolean
  readonly onHide: () => void
}) {
  const { actions, readOnly, onHide } = props
  return (
    <Menu.Root modal={false}>
      <Menu.Trigger className="ws-group" aria-label="More">
        <span aria-hidden="true">⋯</span>
      </Menu.Trigger>
      <Menu.Portal>
        <Menu.Positioner sideOffset={4} align="end" className="ws-popup-layer">
          <Menu.Popup className="ws-popup">
            <Menu.Item
              className="ws-popup-item"
              disabled={readOnly}
              onClick={() => actions.runAll()}
            >
              Run all cells
            </Menu.Item>
            <Menu.Item className="ws-popup-item" onClick={onHide}>
              Hide the toolbar
            </Menu.Item>
          </Menu.Popup>
        </Menu.Positioner>
      </Menu.Portal>
    </Menu.Root>
  )
}

import { Menu as Base } from '@base-ui/react/menu'
import type { ReactNode } from 'react'

export interface MenuItem {
  readonly label: string
  readonly run: () => void
  readonly disabled?: boolean
  readonly danger?: boolean
}

interface MenuProps {
  /** What the button shows; `name` is its accessible name where that is not its text. */
  readonly button: ReactNode
  readonly name?: string
  readonly className?: string
  readonly items: readonly (MenuItem | 'separator')[]
  readonly disabled?: boolean
}

/** A button that opens a list of actions. */
export function Menu(props: MenuProps): ReactNode {
  return (
    <Base.Root modal={false}>
      <Base.Trigger
        className={props.className ?? 'button'}
        {...(props.name === undefined ? {} : { 'aria-label': props.name })}
        disabled={props.disabled ?? false}
      >
        {props.button}
      </Base.Trigger>
      <Base.Portal>
        <Base.Positioner className="menu-positioner" sideOffset={4} align="start">
          <Base.Popup className="menu">
            {props.items.map((item, index) =>
              item === 'separator' ? (
                <Base.Separator key={index} className="menu-separator" />
              ) : (
                <Base.Item
                  key={item.label}
                  className={item.danger ? 'menu-item menu-item-danger' : 'menu-item'}
                  disabled={item.disabled ?? false}
                  onClick={item.run}
                >
                  {item.label}
                </Base.Item>
              ),
            )}
          </Base.Popup>
        </Base.Positioner>
      </Base.Portal>
    </Base.Root>
  )
}

import { Dialog as Base } from '@base-ui/react/dialog'
import { useRef } from 'react'
import type { ReactNode } from 'react'

interface DialogProps {
  readonly open: boolean
  readonly onClose: () => void
  readonly title: string
  readonly description?: string
  /** `sheet` fills the height at a side; `wide` is for content to read. */
  readonly shape?: 'small' | 'wide' | 'sheet'
  readonly children: ReactNode
}

/** A dialog that asks begins in what it asks for, not at its close button. */
const FIRST_INPUT = 'input:not([type=hidden]), select, textarea'

/** A dialog with a title, `Close`, focus kept inside and given back. */
export function Dialog(props: DialogProps): ReactNode {
  const body = useRef<HTMLDivElement>(null)
  return (
    <Base.Root open={props.open} onOpenChange={(open) => !open && props.onClose()}>
      <Base.Portal>
        <Base.Backdrop className="backdrop" />
        <Base.Popup
          className={`dialog dialog-${props.shape ?? 'small'}`}
          initialFocus={() => body.current?.querySelector<HTMLElement>(FIRST_INPUT) ?? true}
        >
          <header className="dialog-head">
            <Base.Title className="dialog-title">{props.title}</Base.Title>
            <Base.Close className="icon-button" aria-label="Close">
              <span aria-hidden="true">✕</span>
            </Base.Close>
          </header>
          {props.description !== undefined && (
            <Base.Description className="dialog-description">{props.description}</Base.Description>
          )}
          <div className="dialog-body" ref={body}>
            {props.children}
          </div>
        </Base.Popup>
      </Base.Portal>
    </Base.Root>
  )
}

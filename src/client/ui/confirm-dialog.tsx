import { AlertDialog } from '@base-ui/react/alert-dialog'
import type { ReactNode } from 'react'

import { ErrorNote } from './notes.tsx'
import { useAction } from './use-action.ts'

interface ConfirmDialogProps {
  readonly title: string
  /** Names what will be lost. */
  readonly text: string
  readonly confirm: string
  readonly onConfirm: () => Promise<void>
  readonly onClose: () => void
}

/** Asks before what can't be undone. Shown while it is mounted. */
export function ConfirmDialog(props: ConfirmDialogProps): ReactNode {
  const action = useAction(async () => {
    await props.onConfirm()
    props.onClose()
  })
  return (
    <AlertDialog.Root open onOpenChange={(open) => !open && props.onClose()}>
      <AlertDialog.Portal>
        <AlertDialog.Backdrop className="backdrop" />
        <AlertDialog.Popup className="dialog dialog-small">
          <AlertDialog.Title className="dialog-title">{props.title}</AlertDialog.Title>
          <AlertDialog.Description className="dialog-description">
            {props.text}
          </AlertDialog.Description>
          <ErrorNote text={action.error} />
          <div className="dialog-buttons">
            <AlertDialog.Close className="button">Cancel</AlertDialog.Close>
            <button className="button button-danger" disabled={action.busy} onClick={action.run}>
              {props.confirm}
            </button>
          </div>
        </AlertDialog.Popup>
      </AlertDialog.Portal>
    </AlertDialog.Root>
  )
}

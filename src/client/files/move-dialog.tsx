import { useState } from 'react'
import type { FormEvent, ReactNode } from 'react'

import { plural } from '../app/words.ts'
import { Dialog } from '../ui/dialog.tsx'
import { Field } from '../ui/field.tsx'
import { ErrorNote } from '../ui/notes.tsx'
import { useAction } from '../ui/use-action.ts'

interface MoveDialogProps {
  readonly count: number
  readonly folder: string
  /** Folders to suggest, by path. */
  readonly folders: readonly string[]
  readonly onMove: (folder: string) => Promise<void>
  readonly onClose: () => void
}

/** Asks where to move files to. Shown while it is mounted. */
export function MoveDialog(props: MoveDialogProps): ReactNode {
  const [folder, setFolder] = useState(props.folder)
  const move = useAction(async () => {
    await props.onMove(folder.trim().replace(/^\/+|\/+$/g, ''))
    props.onClose()
  })
  const submit = (event: FormEvent): void => {
    event.preventDefault()
    move.run()
  }
  return (
    <Dialog open title={`Move ${plural(props.count, 'file')}`} onClose={props.onClose}>
      <form className="form" onSubmit={submit}>
        <Field
          label="To folder"
          hint="Empty for the top of the project."
          autoComplete="off"
          list="move-folders"
          value={folder}
          onChange={(event) => setFolder(event.target.value)}
        />
        <datalist id="move-folders">
          {props.folders.map((path) => (
            <option key={path} value={path}>
              {path}
            </option>
          ))}
        </datalist>
        <ErrorNote text={move.error} />
        <div className="dialog-buttons">
          <button className="button" type="button" onClick={props.onClose}>
            Cancel
          </button>
          <button className="button button-primary" type="submit" disabled={move.busy}>
            Move
          </button>
        </div>
      </form>
    </Dialog>
  )
}

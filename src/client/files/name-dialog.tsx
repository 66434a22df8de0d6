import { useState } from 'react'
import type { FormEvent, ReactNode } from 'react'

import { Dialog } from '../ui/dialog.tsx'
import { Field } from '../ui/field.tsx'
import { ErrorNote } from '../ui/notes.tsx'
import { useAction } from '../ui/use-action.ts'
import { nameProblem } from './paths.ts'

interface NameDialogProps {
  readonly title: string
  readonly label: string
  readonly initial: string
  readonly button: string
  /** Rejects with what is wrong, which is shown here. */
  readonly onName: (name: string) => Promise<void>
  readonly onClose: () => void
}

/** Asks for a name; all but the extension is selected. Shown while it is mounted. */
export function NameDialog(props: NameDialogProps): ReactNode {
  const [name, setName] = useState(props.initial)
  const action = useAction(async () => {
    const problem = nameProblem(name)
    if (problem !== undefined) throw new Error(problem)
    await props.onName(name.trim())
    props.onClose()
  })
  const submit = (event: FormEvent): void => {
    event.preventDefault()
    action.run()
  }
  return (
    <Dialog open title={props.title} onClose={props.onClose}>
      <form className="form" onSubmit={submit}>
        <Field
          label={props.label}
          autoComplete="off"
          spellCheck={false}
          value={name}
          onFocus={(event) => {
            const dot = event.target.value.lastIndexOf('.')
            event.target.setSelectionRange(0, dot > 0 ? dot : event.target.value.length)
          }}
          onChange={(event) => setName(event.target.value)}
        />
        <ErrorNote text={action.error} />
        <div className="dialog-buttons">
          <button className="button" type="button" onClick={props.onClose}>
            Cancel
          </button>
          <button className="button button-primary" type="submit" disabled={action.busy}>
            {props.button}
          </button>
        </div>
      </form>
    </Dialog>
  )
}

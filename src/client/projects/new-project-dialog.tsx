import { useState } from 'react'
import type { FormEvent, ReactNode } from 'react'

import { TITLE_CHARACTERS_MAX } from '../../messages/limits.ts'
import { useServices } from '../app/services.ts'
import { Dialog } from '../ui/dialog.tsx'
import { Field } from '../ui/field.tsx'
import { ErrorNote } from '../ui/notes.tsx'
import { useAction } from '../ui/use-action.ts'

/** A title, then straight into the project. */
export function NewProjectDialog({ onClose }: { readonly onClose: () => void }): ReactNode {
  const { connection, projects, router } = useServices()
  const [title, setTitle] = useState('')
  const create = useAction(async () => {
    const { project } = await connection.request('create_project', { title })
    projects.put(project)
    onClose()
    router.go({ kind: 'project', projectId: project.projectId })
  })
  const submit = (event: FormEvent): void => {
    event.preventDefault()
    create.run()
  }
  return (
    <Dialog open title="New project" onClose={onClose}>
      <form className="form" onSubmit={submit}>
        <Field
          label="Title"
          required
          maxLength={TITLE_CHARACTERS_MAX}
          value={title}
          onChange={(event) => setTitle(event.target.value)}
        />
        <ErrorNote text={create.error} />
        <div className="dialog-buttons">
          <button className="button" type="button" onClick={onClose}>
            Cancel
          </button>
          <button className="button button-primary" type="submit" disabled={create.busy}>
            Create project
          </button>
        </div>
      </form>
    </Dialog>
  )
}

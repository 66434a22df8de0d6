import { useState } from 'react'
import type { FormEvent, ReactNode } from 'react'

import { DESCRIPTION_CHARACTERS_MAX, TITLE_CHARACTERS_MAX } from '../../messages/limits.ts'
import type { Project } from '../../messages/projects.ts'
import { useServices } from '../app/services.ts'
import type { ProjectConnection } from '../connection/project-connection.ts'
import { ConfirmDialog } from '../ui/confirm-dialog.tsx'
import { Field, TextField } from '../ui/field.tsx'
import { ErrorNote, Progress } from '../ui/notes.tsx'
import { useAction } from '../ui/use-action.ts'
import { useObservable } from '../ui/use-observable.ts'
import { DeleteProjectDialog } from './end-project-dialogs.tsx'

export function SettingsPanel({ project }: { readonly project: ProjectConnection }): ReactNode {
  const { projects } = useServices()
  useObservable(projects.state)
  const facts = projects.project(project.projectId)
  if (!facts) return <Progress>Loading the settings</Progress>
  return (
    <section className="panel-section" aria-label="Settings">
      <TitleForm project={facts} />
      {facts.role !== 'viewer' && <RunButtons project={facts} />}
      {facts.role === 'owner' && <DeleteButton project={facts} />}
    </section>
  )
}

function TitleForm({ project }: { readonly project: Project }): ReactNode {
  const { connection, projects } = useServices()
  const { projectId } = project
  const [title, setTitle] = useState(project.title)
  const [description, setDescription] = useState(project.description)
  const save = useAction(async () => {
    projects.put(
      (await connection.request('update_project', { projectId, title, description })).project,
    )
  })
  const submit = (event: FormEvent): void => {
    event.preventDefault()
    save.run()
  }
  const readOnly = project.role === 'viewer'
  const same = title === project.title && description === project.description
  return (
    <form className="form" onSubmit={submit}>
      <Field
        label="Title"
        required
        readOnly={readOnly}
        maxLength={TITLE_CHARACTERS_MAX}
        value={title}
        onChange={(event) => setTitle(event.target.value)}
      />
      <TextField
        label="Description"
        readOnly={readOnly}
        maxLength={DESCRIPTION_CHARACTERS_MAX}
        value={description}
        onChange={(event) => setDescription(event.target.value)}
      />
      <ErrorNote text={save.error} />
      {!readOnly && (
        <div>
          <button className="button" type="submit" disabled={save.busy || same}>
            Save
          </button>
        </div>
      )}
    </form>
  )
}

const RUN_TEXT = {
  stop_project: {
    title: 'Stop',
    text: 'All computations and terminals in it end, for everybody. Files stay.',
    confirm: 'Stop project',
  },
  restart_project: {
    title: 'Restart',
    text: 'All computations and terminals in it end, for everybody, and it starts again. Files stay.',
    confirm: 'Restart project',
  },
} as const

function RunButtons({ project }: { readonly project: Project }): ReactNode {
  const { connection } = useServices()
  const { projectId, title } = project
  const [asking, setAsking] = useState<keyof typeof RUN_TEXT | undefined>(undefined)
  return (
    <div className="row">
      <button className="button" onClick={() => setAsking('restart_project')}>
        Restart project
      </button>
      <button className="button" onClick={() => setAsking('stop_project')}>
        Stop project
      </button>
      {asking && (
        <ConfirmDialog
          title={`${RUN_TEXT[asking].title} ${title}?`}
          text={RUN_TEXT[asking].text}
          confirm={RUN_TEXT[asking].confirm}
          onConfirm={async () => {
            await connection.request(asking, { projectId })
          }}
          onClose={() => setAsking(undefined)}
        />
      )}
    </div>
  )
}

function DeleteButton({ project }: { readonly project: Project }): ReactNode {
  const { router } = useServices()
  const [asking, setAsking] = useState(false)
  return (
    <div>
      <button className="button button-danger" onClick={() => setAsking(true)}>
        Delete project
      </button>
      {asking && (
        <DeleteProjectDialog
          project={project}
          onDone={() => router.go({ kind: 'home' })}
          onClose={() => setAsking(false)}
        />
      )}
    </div>
  )
}

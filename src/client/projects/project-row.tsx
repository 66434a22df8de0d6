import { useState } from 'react'
import type { ReactNode } from 'react'

import type { Project, ProjectState } from '../../messages/projects.ts'
import { errorText } from '../app/error-text.ts'
import { useServices } from '../app/services.ts'
import { agoText, plural } from '../app/words.ts'
import { Menu } from '../ui/menu.tsx'
import { ErrorNote } from '../ui/notes.tsx'
import { PageLink } from '../ui/page-link.tsx'
import { DeleteProjectDialog, LeaveProjectDialog } from './end-project-dialogs.tsx'

const STATE_WORDS: Record<ProjectState, string> = {
  stopped: 'not running',
  starting: 'starting',
  running: 'running',
  frozen: 'frozen: its host has lost contact with the database',
  stopping: 'stopping',
  failed: 'failed to start',
}

/** How many people are named before the rest are counted. */
const NAMES_SHOWN = 3

export function ProjectRow({ project }: { readonly project: Project }): ReactNode {
  const { projectId, title, deletedMs } = project
  const [asking, setAsking] = useState<'delete' | 'leave' | undefined>(undefined)
  const { run, error } = useProjectActions(project)

  return (
    <li className="project-row">
      <div className="list-text">
        {deletedMs === undefined ? (
          <PageLink to={{ kind: 'project', projectId }} className="project-title">
            {title}
          </PageLink>
        ) : (
          <span className="project-title">{title}</span>
        )}
        {project.description !== '' && <div>{project.description}</div>}
        <div className="hint">
          {peopleText(project)}, {factText(project)}
        </div>
        <ErrorNote text={error} />
      </div>
      {deletedMs === undefined ? (
        <Menu
          className="icon-button"
          name={`Actions for ${title}`}
          button={<span aria-hidden="true">⋮</span>}
          items={[
            { label: project.hidden ? 'Show' : 'Hide', run: () => run('hide') },
            ...(project.members.length > 1
              ? [{ label: 'Leave', run: () => setAsking('leave'), danger: true }]
              : []),
            ...(project.role === 'owner'
              ? [{ label: 'Delete', run: () => setAsking('delete'), danger: true }]
              : []),
          ]}
        />
      ) : (
        project.role === 'owner' && (
          <button
            className="button"
            aria-label={`Undelete ${title}`}
            onClick={() => run('undelete')}
          >
            Undelete
          </button>
        )
      )}
      {asking === 'delete' && (
        <DeleteProjectDialog project={project} onClose={() => setAsking(undefined)} />
      )}
      {asking === 'leave' && (
        <LeaveProjectDialog project={project} onClose={() => setAsking(undefined)} />
      )}
    </li>
  )
}

function peopleText(project: Project): string {
  const { members } = project
  if (members.length <= 1) return 'only you'
  const names = members.slice(0, NAMES_SHOWN).map((member) => member.name)
  const more = members.length - names.length
  return more > 0 ? `${names.join(', ')} and ${plural(more, 'other')}` : names.join(', ')
}

function factText(project: Project): string {
  if (project.deletedMs !== undefined) return `deleted ${agoText(project.deletedMs, Date.now())}`
  return `used ${agoText(project.lastUsedMs, Date.now())}, ${STATE_WORDS[project.state]}`
}

interface ProjectActions {
  readonly run: (action: 'hide' | 'undelete') => void
  readonly error: string | undefined
}

function useProjectActions({ projectId, hidden }: Project): ProjectActions {
  const { connection, projects } = useServices()
  const [error, setError] = useState<string | undefined>(undefined)
  const run = (action: 'hide' | 'undelete'): void => {
    const answer =
      action === 'hide'
        ? connection.request('hide_project', { projectId, hidden: !hidden })
        : connection.request('undelete_project', { projectId })
    answer.then(
      ({ project }) => projects.put(project),
      (reason: unknown) => setError(errorText(reason)),
    )
  }
  return { run, error }
}

import { useState } from 'react'
import type { ReactNode } from 'react'

import type { Project } from '../../messages/projects.ts'
import { useServices } from '../app/services.ts'
import { TopBar } from '../app/top-bar.tsx'
import { EmptyState, ErrorNote, Progress } from '../ui/notes.tsx'
import { useObservable } from '../ui/use-observable.ts'
import { NewProjectDialog } from './new-project-dialog.tsx'
import { ProjectRow } from './project-row.tsx'
import type { ProjectListState } from './projects-store.ts'
import { ReceivedInvitations } from './received-invitations.tsx'
import { selectProjects } from './select-projects.ts'
import type { ProjectsView } from './select-projects.ts'

/** The projects of the account: the first page after signing in. */
export function ProjectsPage(): ReactNode {
  const { projects } = useServices()
  const state = useObservable(projects.state)
  const [creating, setCreating] = useState(false)
  const [view, setView] = useState<ProjectsView>('shown')
  const [search, setSearch] = useState('')
  return (
    <>
      <TopBar />
      <div className="scroll">
        <main className="page">
          <div className="page-head">
            <h1>Projects</h1>
            <button className="button button-primary" onClick={() => setCreating(true)}>
              New project
            </button>
          </div>
          {state.kind === 'loaded' && (
            <ReceivedInvitations invitations={[...state.invitations.values()]} />
          )}
          <div className="row">
            <input
              className="input search"
              type="search"
              aria-label="Search projects"
              placeholder="Search projects"
              value={search}
              onChange={(event) => setSearch(event.target.value)}
            />
            <ViewButtons view={view} onView={setView} />
          </div>
          <ProjectRows
            state={state}
            view={view}
            search={search}
            onCreate={() => setCreating(true)}
          />
        </main>
      </div>
      {creating && <NewProjectDialog onClose={() => setCreating(false)} />}
    </>
  )
}

const VIEWS: readonly (readonly [ProjectsView, string])[] = [
  ['shown', 'Projects'],
  ['hidden', 'Hidden'],
  ['deleted', 'Trash'],
]

interface ViewButtonsProps {
  readonly view: ProjectsView
  readonly onView: (view: ProjectsView) => void
}

function ViewButtons({ view, onView }: ViewButtonsProps): ReactNode {
  return (
    <fieldset className="row plain" aria-label="Which projects">
      {VIEWS.map(([name, text]) => (
        <button
          key={name}
          className="button toggle"
          aria-pressed={view === name}
          onClick={() => onView(name)}
        >
          {text}
        </button>
      ))}
    </fieldset>
  )
}

interface ProjectRowsProps {
  readonly state: ProjectListState
  readonly view: ProjectsView
  readonly search: string
  readonly onCreate: () => void
}

function ProjectRows({ state, view, search, onCreate }: ProjectRowsProps): ReactNode {
  const { projects } = useServices()
  if (state.kind === 'loading') return <Progress>Loading your projects</Progress>
  if (state.kind === 'failed')
    return (
      <>
        <ErrorNote text={state.message} />
        <button className="button" onClick={() => void projects.watch()}>
          Try again
        </button>
      </>
    )
  const list: readonly Project[] = selectProjects([...state.projects.values()], view, search)
  if (list.length === 0) return <NoProjects view={view} search={search} onCreate={onCreate} />
  return (
    <ul className="list" aria-label="Projects">
      {list.map((project) => (
        <ProjectRow key={project.projectId} project={project} />
      ))}
    </ul>
  )
}

function NoProjects({
  view,
  search,
  onCreate,
}: Pick<ProjectRowsProps, 'view' | 'search' | 'onCreate'>): ReactNode {
  if (search !== '') return <EmptyState title={`No project fits “${search}”`}>{null}</EmptyState>
  if (view === 'hidden') return <EmptyState title="No hidden projects">{null}</EmptyState>
  if (view === 'deleted')
    return (
      <EmptyState title="The trash is empty">
        <p>A deleted project waits here for 30 days.</p>
      </EmptyState>
    )
  return (
    <EmptyState title="No projects yet">
      <p>A project holds files, worksheets and terminals, and the people you share them with.</p>
      <button className="button button-primary" onClick={onCreate}>
        Make your first project
      </button>
    </EmptyState>
  )
}

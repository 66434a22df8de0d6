import { useEffect, useState } from 'react'
import type { ReactNode } from 'react'

import type { ProjectId } from '../../messages/ids.ts'
import { useServices } from '../app/services.ts'
import { TopBar } from '../app/top-bar.tsx'
import { HistoryButton } from '../history/history-button.tsx'
import { Progress } from '../ui/notes.tsx'
import { useObservable } from '../ui/use-observable.ts'
import { DocumentTabs } from './document-tabs.tsx'
import { Documents } from './documents.tsx'
import { OpenProject } from './open-project.ts'
import { PresenceList } from './presence-list.tsx'
import { ProjectPanel } from './project-panel.tsx'
import { ProjectStatus } from './project-status.tsx'

interface ProjectPageProps {
  readonly projectId: ProjectId
  /** The document that is shown; undefined where none is. */
  readonly path: string | undefined
}

/** One project: its panel at the left, its open documents in tabs. */
export function ProjectPage({ projectId, path }: ProjectPageProps): ReactNode {
  const { connection } = useServices()
  const [open, setOpen] = useState<OpenProject | undefined>(undefined)
  useEffect(() => {
    const opened = new OpenProject(connection, projectId)
    // oxlint-disable-next-line react/set-state-in-effect -- the route is opened here and closed by the effect's end
    setOpen(opened)
    return () => opened.close()
  }, [connection, projectId])
  if (!open)
    return (
      <main className="page">
        <Progress>Opening the project</Progress>
      </main>
    )
  return <Opened open={open} path={path} />
}

function Opened({
  open,
  path,
}: {
  readonly open: OpenProject
  readonly path: string | undefined
}): ReactNode {
  const { router, projects } = useServices()
  const { projectId } = open.connection
  useObservable(projects.state)
  const title = projects.project(projectId)?.title ?? 'Project'
  const [panel, setPanel] = useState(true)
  useEffect(() => {
    if (path !== undefined) open.tabs.open(path)
    open.show(path)
    // oxlint-disable-next-line react/set-state-in-effect -- on a phone the panel gives way to the document that was opened
    setPanel(path === undefined)
    document.title = path === undefined ? title : `${path} in ${title}`
    return () => {
      document.title = 'Salvus'
    }
  }, [open, path, title])
  const openPath = (next: string | undefined): void =>
    router.go(
      next === undefined
        ? { kind: 'project', projectId }
        : { kind: 'project', projectId, path: next },
    )
  return (
    <>
      <TopBar project={open.connection}>
        <button
          className="icon-button panel-switch"
          aria-expanded={panel}
          aria-label="Files and people"
          onClick={() => setPanel(!panel)}
        >
          <span aria-hidden="true">☰</span>
        </button>
        <h1 className="project-name">{title}</h1>
        <DocumentTabs open={open} current={path} onOpen={openPath} />
        <HistoryButton open={open} path={path} />
        <PresenceList open={open} onOpen={openPath} />
      </TopBar>
      <ProjectStatus project={open.connection} />
      <div className="project-body" data-panel={panel || undefined}>
        <ProjectPanel open={open} current={path} onOpen={openPath} />
        <Documents open={open} current={path} onOpen={openPath} />
      </div>
    </>
  )
}

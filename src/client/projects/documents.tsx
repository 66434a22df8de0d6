import { lazy, Suspense } from 'react'
import type { ComponentType, ReactNode } from 'react'

import { errorText } from '../app/error-text.ts'
import { useServices } from '../app/services.ts'
import { useSettings } from '../app/use-settings.ts'
import type { EditorProps } from '../editors/editor.ts'
import { editorKindOf } from '../editors/registry.ts'
import { openRaw } from '../files/open-raw.ts'
import { nameOf } from '../files/paths.ts'
import { ErrorBoundary } from '../ui/error-boundary.tsx'
import { EmptyState, Progress } from '../ui/notes.tsx'
import { useObservable } from '../ui/use-observable.ts'
import { panelId } from './document-tabs.tsx'
import type { OpenProject } from './open-project.ts'

interface DocumentsProps {
  readonly open: OpenProject
  readonly current: string | undefined
  readonly onOpen: (path: string) => void
}

type Kind = ReturnType<typeof editorKindOf>

/** Each kind of editor is loaded when its first document is opened. */
const loaded = new Map<Kind['name'], ComponentType<EditorProps>>()

function editorOf(path: string): ComponentType<EditorProps> {
  const kind = editorKindOf(path)
  const known = loaded.get(kind.name)
  if (known) return known
  const Editor = lazy(async () => ({ default: (await kind.load()).Editor }))
  loaded.set(kind.name, Editor)
  return Editor
}

/** The editors of the open tabs: each stays as it is while another is shown. */
export function Documents({ open, current, onOpen }: DocumentsProps): ReactNode {
  const { router } = useServices()
  const tabs = useObservable(open.tabs.list)
  const { projectId } = open.connection
  return (
    <main className="documents">
      {current === undefined && (
        <EmptyState title="No document is open">
          <p>Choose a file at the left, or make one with New.</p>
        </EmptyState>
      )}
      {tabs.map(({ path }) => (
        <div
          key={path}
          id={panelId(path)}
          className="document"
          role="tabpanel"
          aria-label={nameOf(path)}
          hidden={path !== current}
        >
          <ErrorBoundary what={path} onRetry={() => loaded.clear()}>
            <Suspense fallback={<Progress>Opening {nameOf(path)}</Progress>}>
              <DocumentEditor
                open={open}
                path={path}
                active={path === current}
                onOpen={onOpen}
                onPath={(next) => {
                  open.tabs.rename(path, next)
                  if (path === current) router.replace({ kind: 'project', projectId, path: next })
                }}
              />
            </Suspense>
          </ErrorBoundary>
        </div>
      ))}
    </main>
  )
}

interface DocumentEditorProps {
  readonly open: OpenProject
  readonly path: string
  readonly active: boolean
  readonly onOpen: (path: string) => void
  readonly onPath: (path: string) => void
}

function DocumentEditor({ open, path, active, onOpen, onPath }: DocumentEditorProps): ReactNode {
  const { connection, session, saveStates, toasts } = useServices()
  const account = useObservable(session.who)?.account
  const { change } = useSettings()
  if (!account) return null
  const Editor = editorOf(path)
  const { projectId } = open.connection
  return (
    // oxlint-disable-next-line react/static-components -- one component for each kind of editor, kept in `loaded`
    <Editor
      connection={connection}
      project={open.connection}
      account={account}
      path={path}
      active={active}
      presence={open.presence}
      settings={session.settings}
      saveStates={saveStates}
      goTo={open.goTo}
      onTitle={(title) => open.tabs.setTitle(path, title)}
      onPath={onPath}
      openPath={onOpen}
      onSettings={change}
      openRaw={(raw) => {
        openRaw(connection, { projectId, path: raw, how: 'show' }).catch((error: unknown) =>
          toasts.show(errorText(error)),
        )
      }}
    />
  )
}

import './history.css'

import { useState } from 'react'
import type { ReactNode } from 'react'

import type { DocumentVersions } from '../../messages/document-history.ts'
import { errorText } from '../app/error-text.ts'
import { useServices } from '../app/services.ts'
import type { ProjectConnection } from '../connection/project-connection.ts'
import { Dialog } from '../ui/dialog.tsx'
import { ErrorNote, Progress } from '../ui/notes.tsx'
import { useAction } from '../ui/use-action.ts'
import { useLoaded } from '../ui/use-loaded.ts'
import { useObservable } from '../ui/use-observable.ts'
import { authorsText, useVersionList } from './version-list.ts'

interface HistoryDialogProps {
  readonly project: ProjectConnection
  readonly path: string
  readonly onClose: () => void
}

/** What a document was: its versions at the left, the text of one at the right, and back to it. */
export function HistoryDialog({ project, path, onClose }: HistoryDialogProps): ReactNode {
  const list = useVersionList(project, path)
  const [chosen, setChosen] = useState<number>()
  const v = chosen ?? list.versions?.[0]?.to
  const beginning = list.versions?.at(-1)?.from
  return (
    <Dialog open onClose={onClose} title={`History of ${path}`} shape="wide">
      <ErrorNote text={list.error} />
      {list.remarks.map((remark) => (
        <p key={remark} role="status">
          {remark}
        </p>
      ))}
      {list.versions === undefined && list.error === undefined && (
        <Progress>Reading the history</Progress>
      )}
      {list.versions?.length === 0 && <p>Nothing was changed here yet.</p>}
      {v !== undefined && (
        <div className="history">
          <ul className="history-versions" aria-label="Versions">
            {list.versions?.map((group) => (
              <Version
                key={group.to}
                group={group}
                current={group.to === v}
                onChoose={() => setChosen(group.to)}
              />
            ))}
            <li>
              {list.more ? (
                <button className="button" onClick={list.more}>
                  Show older versions
                </button>
              ) : (
                <button
                  className="history-version"
                  aria-current={v === beginning}
                  onClick={() => setChosen(beginning)}
                >
                  Before all these changes
                </button>
              )}
            </li>
          </ul>
          <VersionText key={v} project={project} path={path} v={v} onRestored={onClose} />
        </div>
      )}
    </Dialog>
  )
}

function Version(props: {
  readonly group: DocumentVersions
  readonly current: boolean
  readonly onChoose: () => void
}): ReactNode {
  const { group, current, onChoose } = props
  return (
    <li>
      <button className="history-version" aria-current={current} onClick={onChoose}>
        <time dateTime={new Date(group.atMs).toISOString()}>
          {new Date(group.atMs).toLocaleString([], { dateStyle: 'medium', timeStyle: 'short' })}
        </time>
        <span className="history-authors">{authorsText(group.authors)}</span>
      </button>
    </li>
  )
}

function VersionText(props: {
  readonly project: ProjectConnection
  readonly path: string
  readonly v: number
  readonly onRestored: () => void
}): ReactNode {
  const { project, path, v } = props
  const { toasts } = useServices()
  const state = useObservable(project.state)
  const mayRestore = state.kind === 'open' && state.role !== 'viewer'
  const { value, error } = useLoaded(
    () => project.request('read_document_version', { path, v }),
    `${path} ${v}`,
  )
  const restore = useAction(async () => {
    const restored = await project.request('restore_document', { path, v })
    const undo = async (version: number): Promise<void> => {
      try {
        await project.request('undo_restore', { path, v: version })
      } catch (reason) {
        toasts.show(errorText(reason))
      }
    }
    if (restored.v === null) toasts.show('The document says this already.')
    else {
      const version = restored.v
      toasts.show(`${path} is as it was then.`, { label: 'Undo', run: () => void undo(version) })
    }
    props.onRestored()
  })
  return (
    <section className="history-text" aria-label="The document at this version">
      <ErrorNote text={error ?? restore.error} />
      {value === undefined && error === undefined && <Progress>Reading</Progress>}
      {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- it scrolls */}
      <pre tabIndex={0}>{value?.text}</pre>
      {value !== undefined && value.next !== null && (
        <p>
          The first {value.text.length} of {value.length} characters are shown.
        </p>
      )}
      {mayRestore && value !== undefined && (
        <button className="button" disabled={restore.busy} onClick={restore.run}>
          Restore this version
        </button>
      )}
    </section>
  )
}

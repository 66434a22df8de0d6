import { useState } from 'react'
import type { ReactNode } from 'react'

import type { TrashEntry } from '../../messages/files.ts'
import { agoText, plural, sizeText } from '../app/words.ts'
import type { ProjectConnection } from '../connection/project-connection.ts'
import { ConfirmDialog } from '../ui/confirm-dialog.tsx'
import { EmptyState, ErrorNote, Progress } from '../ui/notes.tsx'
import { useAction } from '../ui/use-action.ts'
import { useLoaded } from '../ui/use-loaded.ts'
import { useNow } from '../ui/use-now.ts'
import { useObservable } from '../ui/use-observable.ts'

interface TrashViewProps {
  readonly project: ProjectConnection
  readonly readOnly: boolean
  readonly onClose: () => void
}

/** What was deleted, to be restored or emptied. */
export function TrashView({ project, readOnly, onClose }: TrashViewProps): ReactNode {
  const epoch = useObservable(project.epoch)
  const trash = useLoaded(() => project.request('list_trash', {}), epoch)
  const [emptying, setEmptying] = useState(false)
  const entries = trash.value?.entries ?? []
  return (
    <section className="files" aria-label="Trash">
      <div className="row">
        <button className="button" onClick={onClose}>
          Back to files
        </button>
        {entries.length > 0 && !readOnly && (
          <button className="button button-danger" onClick={() => setEmptying(true)}>
            Empty trash
          </button>
        )}
      </div>
      <ErrorNote text={trash.error} />
      {!trash.value && trash.error === undefined && <Progress>Loading the trash</Progress>}
      {trash.value && entries.length === 0 && (
        <EmptyState title="The trash is empty">
          <p>What you delete waits here until you empty the trash.</p>
        </EmptyState>
      )}
      <ul className="file-list" aria-label="Deleted files">
        {entries.map((entry) => (
          <TrashRow
            key={entry.trashId}
            entry={entry}
            project={project}
            readOnly={readOnly}
            onRestored={trash.reload}
          />
        ))}
      </ul>
      {emptying && (
        <ConfirmDialog
          title="Empty the trash?"
          text={`${plural(entries.length, 'entry').replace('entrys', 'entries')}, ${sizeText(trash.value?.sizeBytes ?? 0)}, will be lost for good.`}
          confirm="Empty trash"
          onConfirm={async () => {
            await project.request('empty_trash', {})
            trash.reload()
          }}
          onClose={() => setEmptying(false)}
        />
      )}
    </section>
  )
}

interface TrashRowProps {
  readonly entry: TrashEntry
  readonly project: ProjectConnection
  readonly readOnly: boolean
  readonly onRestored: () => void
}

function TrashRow({ entry, project, readOnly, onRestored }: TrashRowProps): ReactNode {
  const nowMs = useNow()
  const restore = useAction(async () => {
    await project.request('restore_files', { trashIds: [entry.trashId], onConflict: 'rename' })
    onRestored()
  })
  return (
    <li className="file-row">
      <div className="list-text">
        {entry.path}
        <div className="hint">
          {sizeText(entry.sizeBytes)}, deleted {agoText(entry.deletedMs, nowMs)}
        </div>
        <ErrorNote text={restore.error} />
      </div>
      {!readOnly && (
        <button
          className="button"
          aria-label={`Restore ${entry.path}`}
          disabled={restore.busy}
          onClick={restore.run}
        >
          Restore
        </button>
      )}
    </li>
  )
}

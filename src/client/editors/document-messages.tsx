import './document-messages.css'

import { useState } from 'react'

import { plural } from '../app/words.ts'
import type { OpenDocument } from '../sync/open-document.ts'
import { useSelected } from '../ui/use-observable.ts'
import { KeptMessages } from './kept-messages.tsx'
import { MergedMessage } from './merged-message.tsx'

/** What there is to know about a document above its text: the disk, remarks, and text that was kept as a copy. */
export function DocumentMessages(props: {
  readonly document: OpenDocument
  /** Opens or downloads the file as it is, for what can't be shown as text. */
  readonly onRaw: () => void
}) {
  const { document, onRaw } = props
  const { status } = document
  const kind = useSelected(status, (now) => now.kind)
  const message = useSelected(status, (now) => now.message)
  const readOnly = useSelected(status, (now) => now.readOnly)
  const told = useSelected(status, (now) => now.remarks)
  const [dismissed, setDismissed] = useState<readonly string[]>([])
  const remarks = told.filter((remark) => !dismissed.includes(remark))
  return (
    <div className="doc-messages">
      {kind === 'refused' && (
        <p className="doc-message doc-message-bad" role="alert">
          {message} <button onClick={document.retry}>Retry</button>{' '}
          <button onClick={onRaw}>Open the raw file</button>
        </p>
      )}
      <DiskMessage document={document} />
      <UnkeptMessage document={document} />
      {readOnly !== undefined && kind !== 'refused' && (
        <p className="doc-message" role="status">
          Read-only. {readOnly}
        </p>
      )}
      {remarks.map((remark) => (
        <p key={remark} className="doc-message" role="status">
          {remark} <button onClick={() => setDismissed([...dismissed, remark])}>Got it</button>
        </p>
      ))}
      <MergedMessage document={document} />
      <KeptMessages document={document} />
    </div>
  )
}

/** What a tab shows until its document is there. */
export function OpeningLine(props: { readonly document: OpenDocument; readonly path: string }) {
  const progress = useSelected(props.document.status, (status) => status.progress)
  return (
    <p className="doc-wait" role="status">
      Opening {props.path}
      {progress !== undefined && `, ${Math.round(100 * progress)} %`}
    </p>
  )
}

/** A browser that keeps nothing (a private window, a full disk), and something that is not sent. */
function UnkeptMessage({ document }: { readonly document: OpenDocument }) {
  // While there is a connection it is sent in a moment.
  const pending = useSelected(document.status, ({ unkept, pending: changes, kind }) =>
    unkept && kind !== 'open' ? changes : 0,
  )
  if (pending === 0) return null
  return (
    <p className="doc-message doc-message-bad" role="alert">
      This browser keeps nothing for Salvus. {plural(pending, 'change')} of yours{' '}
      {pending === 1 ? 'is' : 'are'} in this page alone: don’t close it before{' '}
      {pending === 1 ? 'it is' : 'they are'} sent.
    </p>
  )
}

function DiskMessage(props: { readonly document: OpenDocument }) {
  const { document } = props
  const disk = useSelected(document.status, (status) => status.disk)
  const kind = useSelected(document.status, (status) => status.kind)
  const [problem, setProblem] = useState('')
  if (kind === 'refused' || !disk) return null
  if (disk.state !== 'failed' && disk.state !== 'conflict' && disk.state !== 'deleted') return null
  const retry = async (): Promise<void> => {
    setProblem('')
    try {
      await document.save()
    } catch (error) {
      setProblem(error instanceof Error ? error.message : String(error))
    }
  }
  const standard = {
    failed: 'This document could not be saved to the disk. What is typed is kept.',
    conflict: 'The file on the disk was changed in a way that could not be merged.',
    deleted: 'The file was deleted on the disk. Its text is still here.',
  }[disk.state]
  return (
    <p className="doc-message doc-message-bad" role="alert">
      {problem || disk.message || standard}{' '}
      {disk.state !== 'conflict' && (
        <button onClick={() => void retry()}>
          {disk.state === 'deleted' ? 'Save it again' : 'Retry'}
        </button>
      )}
    </p>
  )
}

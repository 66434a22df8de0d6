import type { ReactNode } from 'react'

import { sizeText } from '../app/words.ts'
import { useObservable } from '../ui/use-observable.ts'
import { nameOf } from './paths.ts'
import type { Upload, Uploads } from './uploads.ts'

const STATE_WORDS: Record<Upload['state'], string> = {
  waiting: 'waiting',
  sending: 'uploading',
  interrupted: 'interrupted, goes on by itself',
  done: 'uploaded',
  failed: 'failed',
  cancelled: 'cancelled',
}

/** The uploads of a project with how far each is. */
export function UploadList({ uploads }: { readonly uploads: Uploads }): ReactNode {
  const list = useObservable(uploads.list)
  if (list.length === 0) return null
  const running = list.some(({ state }) => isRunning(state))
  return (
    <section className="uploads" aria-label="Uploads">
      {list.map((upload) => (
        <div key={upload.id} className="upload">
          <div className="list-text">
            {nameOf(upload.path)}
            <div className="hint">
              {upload.state === 'sending'
                ? `${sizeText(upload.receivedBytes)} of ${sizeText(upload.sizeBytes)}`
                : STATE_WORDS[upload.state]}
              {upload.message !== undefined && `: ${upload.message}`}
            </div>
            {isRunning(upload.state) && (
              <progress
                aria-label={`Upload of ${nameOf(upload.path)}`}
                max={Math.max(1, upload.sizeBytes)}
                value={upload.receivedBytes}
              />
            )}
          </div>
          {isRunning(upload.state) && (
            <button
              className="button"
              aria-label={`Cancel upload of ${nameOf(upload.path)}`}
              onClick={() => uploads.cancel(upload.id)}
            >
              Cancel
            </button>
          )}
        </div>
      ))}
      {!running && (
        <button className="button button-quiet" onClick={() => uploads.clearFinished()}>
          Clear list
        </button>
      )}
    </section>
  )
}

function isRunning(state: Upload['state']): boolean {
  return state === 'waiting' || state === 'sending' || state === 'interrupted'
}

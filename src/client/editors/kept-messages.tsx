import { useEffect, useState } from 'react'

import { plural, sizeText } from '../app/words.ts'
import { notAddedReason } from '../sync/kept-reasons.ts'
import type { KeptText, OpenDocument } from '../sync/open-document.ts'
import { useObservable, useSelected } from '../ui/use-observable.ts'

/** Characters of a piece that are shown; all of it is copied and inserted. */
const SHOWN_CHARACTERS_MAX = 4000
/** How long what was just done can be taken back here, in milliseconds: long enough to read it and reach its button. */
const UNDO_MS = 15_000

interface Done {
  readonly piece: KeptText
  readonly what: 'inserted' | 'dismissed'
}

/** Pieces of this person's text that found no place in the document: to be inserted, copied or dismissed. */
export function KeptMessages({ document }: { readonly document: OpenDocument }) {
  const kept = useObservable(document.kept)
  const [done, setDone] = useState<Done>()
  useEffect(() => {
    if (!done) return undefined
    const timer = setTimeout(() => setDone(undefined), UNDO_MS)
    return () => clearTimeout(timer)
  }, [done])
  const dismiss = (piece: KeptText): void => {
    document.dismissKept(piece.id)
    setDone({ piece, what: 'dismissed' })
  }
  return (
    <>
      {kept.map((piece) => (
        <KeptMessage
          key={piece.id}
          document={document}
          piece={piece}
          onInserted={() => setDone({ piece, what: 'inserted' })}
          onDismiss={() => dismiss(piece)}
        />
      ))}
      {done && (
        <p className="doc-message" role="status">
          {done.what === 'inserted' ? 'Inserted at the cursor.' : 'Dismissed.'}{' '}
          <button
            type="button"
            onClick={() => {
              document.restoreKept(done.piece)
              setDone(undefined)
            }}
          >
            {done.what === 'inserted' ? 'Show it again' : 'Undo'}
          </button>
        </p>
      )}
    </>
  )
}

function KeptMessage(props: {
  readonly document: OpenDocument
  readonly piece: KeptText
  readonly onInserted: () => void
  readonly onDismiss: () => void
}) {
  const { document, piece, onInserted, onDismiss } = props
  const readOnly = useSelected(document.status, (status) => status.readOnly)
  const [said, setSaid] = useState('')
  const insert = (): void => {
    try {
      if (document.insertKept(piece)) onInserted()
      else setSaid('Put the cursor where it belongs first.')
    } catch (error) {
      setSaid(notAddedReason(error))
    }
  }
  const copy = async (): Promise<void> => {
    try {
      await navigator.clipboard.writeText(piece.text)
      setSaid('Copied.')
    } catch {
      // Without the right to write the clipboard, the text is here to select.
      setSaid('The browser refused; select the text and copy it.')
    }
  }
  const rest = piece.text.length - SHOWN_CHARACTERS_MAX
  return (
    <div className="doc-message doc-message-bad" role="alert">
      <p>{piece.reason}</p>
      <pre tabIndex={0} aria-label="Text that was kept">
        {piece.text.slice(0, SHOWN_CHARACTERS_MAX)}
        {rest > 0 && `\n... and ${sizeText(rest)} more`}
      </pre>
      <div className="doc-message-actions">
        {readOnly === undefined && (
          // The editor keeps the focus, and with it the cursor that the person sees.
          <button
            type="button"
            title="Puts it where the cursor is"
            onMouseDown={(event) => event.preventDefault()}
            onClick={insert}
          >
            Insert here
          </button>
        )}
        <button type="button" onClick={() => void copy()}>
          Copy
        </button>
        <button type="button" onClick={onDismiss}>
          Dismiss
        </button>
        <span role="status">{said}</span>
      </div>
    </div>
  )
}

/** How many pieces there are, where a summary speaks of them. */
export function piecesText(count: number): string {
  return count === 1
    ? 'One piece of yours found no place; it is below.'
    : `${plural(count, 'piece')} of yours found no place; they are below.`
}

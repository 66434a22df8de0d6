import { SNAPSHOT_TAIL_ITEMS_MAX, SNAPSHOT_TAIL_SHARE, SNAPSHOT_WINDOW_CHUNKS } from './limits.ts'
import type { Connection, Owner, Snapshot } from './owner.ts'
import { aboutBytes, snapshotPieces } from './snapshot.ts'
import { encodeOwnerMessage } from './wire-owner.ts'

/** The document for who joins: the last that was made, unless too much came since. Nothing is encoded yet. */
export function beginSnapshot(owner: Owner): Snapshot {
  const { snapshot, head } = owner
  if (
    snapshot &&
    snapshot.v >= owner.base.v &&
    head - snapshot.v <= SNAPSHOT_TAIL_ITEMS_MAX &&
    (head === snapshot.v || snapshot.tailBytes <= snapshot.bytes * SNAPSHOT_TAIL_SHARE)
  )
    return snapshot
  owner.snapshot = {
    v: head,
    term: head === owner.base.v ? owner.base.term : (owner.history.at(-1)?.term ?? 0),
    state: owner.state,
    sum: owner.sum,
    bytes: aboutBytes(owner.state),
    tailBytes: 0,
    chunks: [],
    rest: snapshotPieces(owner.state),
  }
  return owner.snapshot
}

/** What may be sent on to a client that has the first `has` chunks. */
export function chunksFrom(
  joining: NonNullable<Connection['joining']>,
  has: number,
): readonly Uint8Array[] {
  const chunks: Uint8Array[] = []
  while (joining.sent < Math.min(has, joining.sent) + SNAPSHOT_WINDOW_CHUNKS) {
    const chunk = chunkAt(joining.snapshot, joining.sent)
    if (!chunk) break
    joining.sent++
    chunks.push(chunk)
  }
  return chunks
}

function chunkAt(snapshot: Snapshot, index: number): Uint8Array | undefined {
  const made = snapshot.chunks[index]
  if (made) return made
  const piece = snapshot.rest.next()
  if (piece.done === true) return undefined
  const bytes = encodeOwnerMessage({ kind: 'snapshot', v: snapshot.v, index, bytes: piece.value })
  snapshot.chunks.push(bytes)
  return bytes
}

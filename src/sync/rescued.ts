import type { Edit } from './edit.ts'
import { RESCUED_LENGTH_MAX, RESCUED_PIECES_MAX } from './limits.ts'
import type { RescuedRecord } from './journal-record.ts'
import type { WirePiece } from './messages.ts'
import type { KeptPiece, Owner } from './owner.ts'

/**
 * Pieces of text that found no place: ops `r` of committed edits. Each is told to its author with the item; because the
 * page may be closed by then, the owner keeps them until they are dismissed, and tells them at each join.
 */

/** The id of a piece: the same for the owner and for the client that gets it with its item. */
export function pieceId(
  item: { readonly v: number; readonly term: number },
  index: number,
): string {
  return `${item.term}.${item.v}.${index}`
}

/** Keeps what an item could not place. Writers of the local hub itself read no pieces. */
export function keepRescued(
  owner: Owner,
  item: {
    readonly v: number
    readonly term: number
    readonly by: number
    readonly at: number
    readonly edit: Edit
  },
): void {
  const author = owner.authors[item.by]
  if (!author || author.accountId === '') return
  item.edit.forEach((op, index) => {
    if (op[0] !== 'r') return
    const { v, by, at } = item
    const text = op[2].slice(0, RESCUED_LENGTH_MAX)
    const piece: KeptPiece = { id: pieceId(item, index), by, v, at, part: op[1], text }
    keep(owner, piece)
    owner.outbox.records.push(recordOf(piece))
  })
}

/** Each person has room for some, so that nobody's are pushed out by those of others. */
function keep(owner: Owner, piece: KeptPiece): void {
  owner.rescued.set(piece.id, piece)
  const accountId = owner.authors[piece.by]?.accountId
  if (owner.rescued.size <= RESCUED_PIECES_MAX || accountId === undefined) return
  const [oldest, ...others] = piecesFor(owner, accountId)
  if (oldest && others.length >= RESCUED_PIECES_MAX) owner.rescued.delete(oldest.id)
}

/** The pieces of this account, of all its pages. */
export function piecesFor(owner: Owner, accountId: string): readonly WirePiece[] {
  const pieces: WirePiece[] = []
  for (const { id, by, part, text } of owner.rescued.values())
    if (owner.authors[by]?.accountId === accountId) pieces.push({ id, part, text })
  return pieces
}

/** Its author has seen it. Nobody else can dismiss it. */
export function dismissPiece(owner: Owner, id: string, accountId: string): void {
  const piece = owner.rescued.get(id)
  if (!piece || owner.authors[piece.by]?.accountId !== accountId) return
  owner.rescued.delete(id)
  owner.outbox.records.push({ ...recordOf(piece), text: '', dismissed: true })
}

export function recordOf({ id, v, by, at, part, text }: KeptPiece): RescuedRecord {
  return { k: 'rescued', id, v, by, at, part, text }
}

/** From the journal; `by` is the owner's index of the author. */
export function restorePiece(owner: Owner, record: RescuedRecord, by: number): void {
  const { id, v, at, part, text } = record
  if (record.dismissed === true) owner.rescued.delete(id)
  else keep(owner, { id, by, v, at, part, text })
}

import { ChangeSet } from '@codemirror/state'

import { transform } from './algebra.ts'
import { applyEdit } from './apply.ts'
import { applySummed, sumOfState } from './checksum.ts'
import type { Summed } from './checksum.ts'
import type { Client, ClientUpdate, RescuedPiece, ViewChange } from './client.ts'
import { diverge } from './client-repair.ts'
import type { DocumentState } from './document-state.ts'
import { isLargeEdit } from './edit.ts'
import type { Edit, PartOp } from './edit.ts'
import { LATE_ITEMS_MAX } from './limits.ts'
import type { OwnerMessage, WireItem } from './messages.ts'
import { remember } from './recent.ts'
import { pieceId } from './rescued.ts'
import { recordForeign } from './undo.ts'
import { viewChange } from './view-change.ts'

/** After a large insert, until the owner's sum is taken: what it would cost to compute is felt. A sum is 32 bits. */
const UNKNOWN_SUM = -1

/** What is gathered while a message is handled. */
export interface Gathered {
  joined: boolean
  resumed: boolean
  joining: ClientUpdate['joining']
  changes: ViewChange[]
  send: Uint8Array[]
  acknowledged: number
  presence: ClientUpdate['presence'][number][]
  rescued: RescuedPiece[]
  problem: ClientUpdate['problem']
  diverged: ClientUpdate['diverged'][number][]
  repaired: ClientUpdate['repaired']
}

/** Versions as they come; what comes too early waits. */
export function takeItems(
  client: Client,
  message: {
    readonly term: number
    readonly v: number
    readonly sum: number
    readonly items: readonly WireItem[]
  },
  gathered: Gathered,
): void {
  let v = message.v
  for (const item of message.items) {
    if (v > client.m || client.phase !== 'live') client.late.set(v, { term: message.term, item })
    v++
  }
  if (client.phase === 'live') takeLate(client, gathered, { v: v - 1, sum: message.sum })
  if (client.late.size > LATE_ITEMS_MAX && client.phase === 'live') lost(client, gathered)
  // The sum is that of the last of these versions; 0 is not known.
  if (message.sum === 0 || client.m !== v - 1 || client.m < client.sumsFrom) return
  if (client.sum !== message.sum) differs(client, gathered)
}

/** A large edit of this client is committed: it is the first of the stack. */
export function takeOwn(
  client: Client,
  { v, sum }: Extract<OwnerMessage, { kind: 'own' }>,
  gathered: Gathered,
): void {
  if (client.phase !== 'live' || v <= client.m) return
  const [edit] = client.stack
  if (!edit || v > client.m + 1) return lost(client, gathered)
  const item = { by: client.self, edit }
  takeItems(client, { term: client.liveTerm, v, sum, items: [item] }, gathered)
}

/** All that follow on m, in their order; what is older was known. `told`: what the owner says of a version. */
export function takeLate(
  client: Client,
  gathered: Gathered,
  told?: { readonly v: number; readonly sum: number },
): void {
  for (const v of client.late.keys()) if (v <= client.m) client.late.delete(v)
  for (;;) {
    const next = client.late.get(client.m + 1)
    if (!next) break
    client.late.delete(client.m + 1)
    client.term = next.term
    takeItem(client, next.item, gathered)
  }
  if (client.sum !== UNKNOWN_SUM) return
  const isTold = told && told.sum !== 0 && told.v === client.m
  client.sum = isTold ? told.sum : sumOfState(client.base)
}

function takeItem(client: Client, told: WireItem, gathered: Gathered): void {
  const [pending] = told.by === client.self ? client.stack : []
  // Of its own change a page goes by what its person sees: where the owner took it for another, their sums differ.
  const item = { by: told.by, edit: pending ?? told.edit }
  if (client.sum === UNKNOWN_SUM || isLargeEdit(item.edit)) {
    client.base = applyEdit(client.base, item.edit)
    client.sum = UNKNOWN_SUM
  } else {
    const { state, sum } = applySummed(summed(client), item.edit)
    client.base = state
    client.sum = sum
  }
  client.m++
  const own = item.by === client.self
  const author = client.authors.get(item.by)
  remember(client.recent, { term: client.term, author, own, edit: item.edit })
  if (item.by === client.self) {
    client.n++
    if (client.n > client.rescuedN) gathered.rescued.push(...rescuedIn(item.edit, client))
    client.rescuedN = Math.max(client.rescuedN, client.n)
  }
  if (pending !== undefined) {
    client.stack.shift()
    client.sent--
    gathered.acknowledged++
    return
  }
  showForeign(client, item.edit, client.authors.get(item.by), gathered)
}

/** After `base` has it. */
export function showForeign(
  client: Client,
  edit: Edit,
  by: ViewChange['by'],
  gathered: Gathered,
): void {
  const before = client.view
  const mapped = mapPending(client, edit)
  client.view = [...client.stack, client.buffer].reduce(applyEdit, client.base)
  const foreign = withRemade(mapped, { edit, before, after: client.view })
  recordForeign(client.history, foreign)
  const change = viewChange(foreign, by, before)
  if (change.texts.length + change.touched.length > 0) gathered.changes.push(change)
}

/**
 * A pending insert of a cell that is there is nothing, until somebody else deletes that cell: then it makes it anew
 * (S3), without what was in it. Mapped, the delete is gone; what it did to the cell is added.
 */
function withRemade(
  mapped: Edit,
  { edit, before, after }: Record<'before' | 'after', DocumentState> & { readonly edit: Edit },
): Edit {
  const deleted = new Set(edit.flatMap((op) => (op[0] === 'd' ? [op[2]] : [])))
  for (const op of mapped) if (op[0] === 'd') deleted.delete(op[2])
  if (deleted.size === 0) return mapped
  const shown = applyEdit(before, mapped)
  const emptied: PartOp[] = []
  for (const cell of deleted) {
    if (after.cells.get(cell) === undefined) continue
    for (const [part, text] of shown.texts.under(cell))
      if (after.texts.get(part) === undefined)
        emptied.push(['t', part, ChangeSet.of({ from: 0, to: text.length }, text.length)])
    for (const [part] of shown.fields.under(cell))
      if (after.fields.get(part) === undefined) emptied.push(['f', part, null])
    for (const [part] of shown.streams.under(cell))
      if (after.streams.get(part) === undefined) emptied.push(['c', part, ''])
  }
  return [...mapped, ...emptied]
}

/** Maps a foreign change through what is pending, and that over it. Returns it as it is on the view. */
function mapPending(client: Client, edit: Edit): Edit {
  let foreign = edit
  client.stack = client.stack.map((own) => {
    const pair = transform(own, foreign)
    foreign = pair.committed
    return pair.incoming
  })
  const pair = transform(client.buffer, foreign)
  client.buffer = pair.incoming
  return pair.committed
}

/** `item`: the version that it is, where it is one. */
function rescuedIn(
  edit: Edit,
  item?: { readonly m: number; readonly term: number },
): RescuedPiece[] {
  return edit.flatMap((op, index) => {
    if (op[0] !== 'r') return []
    const [, part, text] = op
    return [
      item ? { part, text, id: pieceId({ v: item.m, term: item.term }, index) } : { part, text },
    ]
  })
}

export function summed(client: Client): Summed {
  return { state: client.base, sum: client.sum }
}

/** The owner has another document at version m. */
export function differs(client: Client, gathered: Gathered): void {
  if (client.phase !== 'live') return
  diverge(client)
  gathered.problem = { kind: 'mismatch' }
}

export function lost(client: Client, gathered: Gathered): void {
  const isJoining = client.phase === 'joining' && client.joining !== undefined
  if (client.phase !== 'live' && !isJoining) return
  // One whose document was on its way begins that anew.
  if (!isJoining) client.phase = 'away'
  gathered.problem = { kind: 'lost' }
}

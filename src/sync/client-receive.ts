import { transform } from './algebra.ts'
import { applyEdit } from './apply.ts'
import { applySummed, sumOfState } from './checksum.ts'
import type { Summed } from './checksum.ts'
import type { Client, ClientUpdate, RescuedPiece, ViewChange } from './client.ts'
import { acknowledgement, frames, joinPieces, rescueUnsent } from './client-local.ts'
import type { Json } from './change.ts'
import type { DocumentState } from './document-state.ts'
import {
  diverge,
  divergedTexts,
  divergenceReport,
  goBack,
  rejoin,
  withoutHistory,
  patchesOf,
} from './client-repair.ts'
import { EMPTY_EDIT, isLargeEdit } from './edit.ts'
import type { Edit } from './edit.ts'
import { joinFragment } from './fragments.ts'
import { ACK_ITEMS, LATE_ITEMS_MAX } from './limits.ts'
import type { OwnerMessage, WireItem } from './messages.ts'
import { keptItems, newRecent, remember } from './recent.ts'
import { pieceId } from './rescued.ts'
import { SnapshotReader } from './snapshot.ts'
import { recordForeign } from './undo.ts'
import { encodeClientMessage } from './wire-client.ts'
import { viewChange } from './view-change.ts'
import { decodeOwnerMessage } from './wire-owner.ts'

/** Versions until sums are compared again after a divergence: doubled so often, to half a million. */
const HEALS_DOUBLED_MAX = 19

/** After a large insert, until the owner's sum is taken: what it would cost to compute is felt. A sum is 32 bits. */
const UNKNOWN_SUM = -1

/** What is gathered while a message is handled. */
interface Gathered {
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

/**
 * Takes bytes of the document's channel; the changes are for the editors, one after another. Bytes of a connection before
 * `connect` was called again must not be given here. @throws CodedError `bad_message`: connect again
 */
export function receiveAtClient(client: Client, bytes: Uint8Array): ClientUpdate {
  const gathered: Gathered = {
    joined: false,
    resumed: false,
    joining: undefined,
    changes: [],
    send: [],
    acknowledged: 0,
    presence: [],
    rescued: [],
    problem: undefined,
    diverged: [],
    repaired: undefined,
  }
  const whole = joinFragment(client.fragments, bytes)
  const message = whole && decodeOwnerMessage(whole)
  if (message) handle(client, message, gathered)
  if (client.m - client.ackedM >= ACK_ITEMS) {
    const bytesOfAck = acknowledgement(client)
    if (bytesOfAck) gathered.send.push(bytesOfAck)
  }
  return { ...gathered, rescued: joinPieces(gathered.rescued), savedV: client.savedV }
}

function handle(client: Client, message: OwnerMessage, gathered: Gathered): void {
  switch (message.kind) {
    case 'joined':
      return beginJoin(client, message)
    case 'snapshot':
      return takeChunk(client, message, gathered)
    case 'resumed':
      return resumed(client, message, gathered)
    case 'merged':
      return merged(client, message, gathered)
    case 'authors':
      for (const { index, ...author } of message.authors) client.authors.set(index, author)
      return
    case 'items':
      return takeItems(client, { ...message, term: client.liveTerm }, gathered)
    case 'items_full':
      return takeItems(client, message, gathered)
    case 'own':
      return takeOwn(client, message, gathered)
    case 'saved':
      client.savedV = message.v
      return
    case 'presence':
      return takePresence(client, [message], gathered)
    case 'presences':
      return takePresence(client, message.people, gathered)
    default:
      return takeAnswer(client, message, gathered)
  }
}

type Answer = Extract<
  OwnerMessage,
  {
    kind: 'resend' | 'refused' | 'forked' | 'mismatch' | 'patch_result' | 'want_items' | 'rescued'
  }
>

function takeAnswer(client: Client, message: Answer, gathered: Gathered): void {
  switch (message.kind) {
    case 'resend':
      return lost(client, gathered)
    case 'refused':
      if (message.gen !== client.gen) return
      gathered.problem = { kind: 'refused', code: message.code, message: message.message }
      gathered.rescued.push(...rescueUnsent(client, Math.max(0, message.n - client.n - 1)))
      // What is typed before the document is there again counts on from here, also where this page closes before.
      if (message.n > 0)
        client.repair = { n: message.n - 1, edits: [], blind: false, diverged: undefined }
      return
    case 'forked':
      return forked(client, message, gathered)
    case 'mismatch':
      // One about an older version says nothing about this one.
      if (message.v === client.m) differs(client, gathered)
      return
    case 'patch_result':
      if (message.gen !== client.gen) return
      if (message.changes > 0)
        gathered.repaired = { changes: message.changes, unplaced: message.unplaced }
      return
    case 'want_items': {
      const { v } = message
      if (client.phase !== 'resuming') return
      gathered.send.push(...frames({ kind: 'have_items', v, ...keptItems(client.recent, message) }))
      return
    }
    case 'rescued':
      gathered.rescued.push(...message.pieces)
      return
  }
}

function takePresence(
  client: Client,
  people: readonly { readonly by: number; readonly data: Json }[],
  gathered: Gathered,
): void {
  for (const { by: index, data } of people) {
    const by = client.authors.get(index)
    if (by && index !== client.self) gathered.presence.push({ by, data })
  }
}

function beginJoin(client: Client, message: Extract<OwnerMessage, { kind: 'joined' }>): void {
  if (client.phase !== 'joining' || message.gen !== client.gen) return
  beginAnew(client, { self: message.self, term: message.liveTerm })
  // What was told of its own in this life of the owner is not told again.
  if (message.term !== client.term) client.rescuedN = message.n
  // m, n and term go on together, when the snapshot is whole: until then what was restored is resumed from where it was.
  const { v, n, term, chunks, sum } = message
  const early = new Map<number, Uint8Array>()
  client.joining = { v, n, term, sum, chunks, received: 0, early, reader: new SnapshotReader() }
}

/**
 * What came before the answer may be of another life of the owner, who numbered authors otherwise, or had other items:
 * the document was moved to another worker under this connection. What is missing follows the answer.
 */
function beginAnew(client: Client, answer: { readonly self: number; readonly term: number }): void {
  client.self = answer.self
  client.liveTerm = answer.term
  client.authors.clear()
  client.late.clear()
}

function takeChunk(
  client: Client,
  message: Extract<OwnerMessage, { kind: 'snapshot' }>,
  gathered: Gathered,
): void {
  const { joining } = client
  if (!joining || joining.v !== message.v || message.index < joining.received) return
  joining.early.set(message.index, message.bytes)
  for (;;) {
    const bytes = joining.early.get(joining.received)
    if (!bytes) break
    joining.early.delete(joining.received)
    joining.received++
    if (joining.reader.take(bytes)) {
      takeSnapshot(client, joining, gathered)
      break
    }
  }
  const { received, chunks } = joining
  gathered.send.push(encodeClientMessage({ kind: 'more', gen: client.gen, chunks: received }))
  if (client.joining) gathered.joining = { received, total: Math.max(chunks, received + 1) }
}

function takeSnapshot(
  client: Client,
  joining: NonNullable<Client['joining']>,
  gathered: Gathered,
): void {
  const { base, buffer, hasDocument, repair } = client
  client.base = client.view = joining.reader.state()
  client.sum = joining.sum
  client.recent = newRecent(joining.v, joining.term, client.base)
  // Those of a patch that the snapshot has; what comes after it is remembered by itself.
  const edits = repair?.edits.slice(0, Math.max(0, joining.n - repair.n)) ?? []
  client.earlier = repair && { v: joining.v, n: repair.n, edits }
  client.m = client.toldM = client.ackedM = joining.v
  client.n = joining.n
  client.term = joining.term
  // Those of a page that was gone are committed: the document has them, or the items that follow.
  client.stack = []
  client.buffer = EMPTY_EDIT
  client.sent = 0
  client.restored = false
  client.joining = undefined
  client.repair = undefined
  client.hasDocument = true
  client.phase = 'live'
  withoutHistory(client, () => takeLate(client, gathered))
  // The view that is told as new has them, and so has the difference.
  gathered.changes = []
  if (hasDocument) gathered.changes.push(rejoin(client, base, buffer))
  if (repair?.diverged !== undefined) healed(client, { v: repair.diverged, mine: base }, gathered)
  gathered.joined = !hasDocument
  gathered.resumed = hasDocument
}

/** All that others did meanwhile as one edit; what was typed since the resume is mapped over it as it is. */
function merged(
  client: Client,
  message: Extract<OwnerMessage, { kind: 'merged' }>,
  gathered: Gathered,
): void {
  if (client.phase !== 'resuming' || message.gen !== client.gen) return
  beginAnew(client, { self: message.self, term: message.liveTerm })
  const { v, n } = message
  const earlier = { v, n: client.n, edits: patchesOf(client.stack, client.base) }
  const own = client.stack.reduce<Summed>((from, edit) => applySummed(from, edit), summed(client))
  const { state, sum } = applySummed(own, message.edit)
  client.base = state
  client.sum = sum
  client.recent = newRecent(message.v, message.term, state)
  client.earlier = earlier
  gathered.acknowledged += client.stack.length
  client.stack = []
  client.sent = 0
  client.m = client.toldM = client.ackedM = v
  client.n = client.rescuedN = n
  client.term = message.term
  client.phase = 'live'
  gathered.resumed = true
  showForeign(client, message.edit, undefined, gathered)
  takeLate(client, gathered)
}

function resumed(
  client: Client,
  message: Extract<OwnerMessage, { kind: 'resumed' }>,
  gathered: Gathered,
): void {
  if (client.phase !== 'resuming' || message.gen !== client.gen) return
  beginAnew(client, message)
  client.phase = 'live'
  gathered.resumed = true
  takeLate(client, gathered)
}

function takeItems(
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
function takeOwn(
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
function takeLate(
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

function takeItem(client: Client, item: WireItem, gathered: Gathered): void {
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
  if (item.by === client.self && client.stack.length > 0) {
    client.stack.shift()
    client.sent--
    gathered.acknowledged++
    return
  }
  showForeign(client, item.edit, client.authors.get(item.by), gathered)
}

/** After `base` has it. */
function showForeign(client: Client, edit: Edit, by: ViewChange['by'], gathered: Gathered): void {
  const foreign = mapPending(client, edit)
  const before = client.view
  client.view = [...client.stack, client.buffer].reduce(applyEdit, client.base)
  recordForeign(client.history, foreign)
  const change = viewChange(foreign, by, before)
  if (change.texts.length + change.touched.length > 0) gathered.changes.push(change)
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

function summed(client: Client): Summed {
  return { state: client.base, sum: client.sum }
}

/** The version here is in no history of the owner. */
function forked(
  client: Client,
  message: Extract<OwnerMessage, { kind: 'forked' }>,
  gathered: Gathered,
): void {
  if (message.gen !== client.gen) return
  gathered.problem = { kind: 'forked' }
  const changes = goBack(client, message)
  if (changes === false) gathered.rescued.push(...rescueUnsent(client))
  else gathered.changes.push(...changes)
}

/** The owner has another document at version m. */
function differs(client: Client, gathered: Gathered): void {
  if (client.phase !== 'live') return
  diverge(client)
  gathered.problem = { kind: 'mismatch' }
}

/** The owner's document is here: both variants are told, to the person and to the owner. */
function healed(
  client: Client,
  { v, mine }: { readonly v: number; readonly mine: DocumentState },
  gathered: Gathered,
): void {
  const texts = divergedTexts(mine, client.base)
  gathered.diverged.push(...texts)
  gathered.send.push(...frames(divergenceReport(v, texts)))
  // Sums that go on to differ are a fault that joining does not heal: it is tried less and less often.
  client.heals++
  client.sumsFrom = client.m + 2 ** Math.min(client.heals, HEALS_DOUBLED_MAX)
}

function lost(client: Client, gathered: Gathered): void {
  const isJoining = client.phase === 'joining' && client.joining !== undefined
  if (client.phase !== 'live' && !isJoining) return
  // One whose document was on its way begins that anew.
  if (!isJoining) client.phase = 'away'
  gathered.problem = { kind: 'lost' }
}

import { applySummed } from './checksum.ts'
import type { Summed } from './checksum.ts'
import type { Client, ClientUpdate } from './client.ts'
import { differs, lost, showForeign, summed, takeItems, takeLate, takeOwn } from './client-items.ts'
import type { Gathered } from './client-items.ts'
import { acknowledgement, frames, joinPieces, rescueUnsent } from './client-local.ts'
import type { Json } from './change.ts'
import type { DocumentState } from './document-state.ts'
import {
  divergedTexts,
  divergenceReport,
  goBack,
  rejoin,
  withoutHistory,
  patchesOf,
} from './client-repair.ts'
import { EMPTY_EDIT } from './edit.ts'
import { joinFragment } from './fragments.ts'
import { ACK_ITEMS } from './limits.ts'
import type { OwnerMessage } from './messages.ts'
import { keptItems, newRecent } from './recent.ts'
import { SnapshotReader } from './snapshot.ts'
import { encodeClientMessage } from './wire-client.ts'
import { decodeOwnerMessage } from './wire-owner.ts'

/** Versions until sums are compared again after a divergence: doubled so often, to half a million. */
const HEALS_DOUBLED_MAX = 19

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
      return beginJoin(client, message, gathered)
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

function beginJoin(
  client: Client,
  message: Extract<OwnerMessage, { kind: 'joined' }>,
  gathered: Gathered,
): void {
  if (isOvertaken(client, message.gen, gathered)) return
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
  if (isOvertaken(client, message.gen, gathered)) return
  if (client.phase !== 'resuming' || message.gen !== client.gen) return
  beginAnew(client, message)
  client.phase = 'live'
  gathered.resumed = true
  takeLate(client, gathered)
}

/**
 * An older attempt is answered after a newer one: the owner is of another life and did not know the newer, so that what
 * follows numbers authors as this client does not. It connects anew.
 */
function isOvertaken(client: Client, gen: number, gathered: Gathered): boolean {
  if (client.phase !== 'live' || gen >= client.gen) return false
  lost(client, gathered)
  return true
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

import { transform } from './algebra.ts'
import { applyEdit } from './apply.ts'
import type { Client, ClientUpdate, RescuedPiece, ViewChange } from './client.ts'
import { acknowledgement, joinPieces, rescueUnsent } from './client-local.ts'
import { EMPTY_EDIT } from './edit.ts'
import type { Edit } from './edit.ts'
import { joinFragment } from './fragments.ts'
import { ACK_ITEMS, LATE_ITEMS_MAX } from './limits.ts'
import type { OwnerMessage, WireItem } from './messages.ts'
import { stateFromJson } from './state-json.ts'
import { viewChange } from './view-change.ts'
import { decodeOwnerMessage } from './wire-owner.ts'

/** What is gathered while a message is handled. */
interface Gathered {
  joined: boolean
  resumed: boolean
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
    case 'authors':
      for (const { index, ...author } of message.authors) client.authors.set(index, author)
      return
    case 'items':
      return takeItems(client, { ...message, term: client.liveTerm }, gathered)
    case 'items_full':
      return takeItems(client, message, gathered)
    case 'saved':
      client.savedV = message.v
      return
    case 'presence': {
      const by = client.authors.get(message.by)
      if (by) gathered.presence.push({ by, data: message.data })
      return
    }
    default:
      return takeAnswer(client, message, gathered)
  }
}

type Answer = Extract<
  OwnerMessage,
  { kind: 'resend' | 'refused' | 'forked' | 'mismatch' | 'patch_result' }
>

function takeAnswer(client: Client, message: Answer, gathered: Gathered): void {
  switch (message.kind) {
    case 'resend':
      return lost(client, gathered)
    case 'refused':
      if (message.gen !== client.gen) return
      gathered.problem = { kind: 'refused', code: message.code, message: message.message }
      gathered.rescued.push(...rescueUnsent(client, Math.max(0, message.n - client.n - 1)))
      return
    case 'forked':
      if (message.gen !== client.gen) return
      gathered.problem = { kind: 'forked' }
      gathered.rescued.push(...rescueUnsent(client))
      return
    case 'mismatch':
      gathered.problem = { kind: 'mismatch' }
      return
    case 'patch_result':
      return
  }
}

function beginJoin(client: Client, message: Extract<OwnerMessage, { kind: 'joined' }>): void {
  if (client.phase !== 'joining' || message.gen !== client.gen) return
  beginAnew(client, message)
  // m, n and term go on together, when the snapshot is whole: until then what was restored is resumed from where it was.
  const { v, n, term, chunks } = message
  client.joining = { v, n, term, chunks: Array.from({ length: chunks }) }
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
  if (!joining || joining.v !== message.v || message.index >= joining.chunks.length) return
  joining.chunks[message.index] = message.bytes
  const chunks = joining.chunks.filter((chunk) => chunk !== undefined)
  if (chunks.length < joining.chunks.length) return
  client.base = client.view = stateFromJson(JSON.parse(decodeChunks(chunks)))
  client.m = client.toldM = client.ackedM = joining.v
  client.n = joining.n
  client.term = joining.term
  // Those of a page that was gone are committed: the document has them.
  client.stack = []
  client.buffer = EMPTY_EDIT
  client.sent = 0
  client.restored = false
  client.joining = undefined
  client.phase = 'live'
  gathered.joined = true
  takeLate(client, gathered)
  // The view that is told as new has them.
  gathered.changes = []
}

function decodeChunks(chunks: readonly Uint8Array[]): string {
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
  const texts = chunks.map((chunk) => decoder.decode(chunk, { stream: true }))
  return texts.join('') + decoder.decode()
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
  message: { readonly term: number; readonly v: number; readonly items: readonly WireItem[] },
  gathered: Gathered,
): void {
  let v = message.v
  for (const item of message.items) {
    if (v > client.m || client.phase !== 'live') client.late.set(v, { term: message.term, item })
    v++
  }
  if (client.phase === 'live') takeLate(client, gathered)
  if (client.late.size > LATE_ITEMS_MAX && client.phase === 'live') lost(client, gathered)
}

/** All that follow on m, in their order; what is older was known. */
function takeLate(client: Client, gathered: Gathered): void {
  for (const v of client.late.keys()) if (v <= client.m) client.late.delete(v)
  for (;;) {
    const next = client.late.get(client.m + 1)
    if (!next) return
    client.late.delete(client.m + 1)
    client.term = next.term
    takeItem(client, next.item, gathered)
  }
}

function takeItem(client: Client, item: WireItem, gathered: Gathered): void {
  client.base = applyEdit(client.base, item.edit)
  client.m++
  if (item.by === client.self) {
    client.n++
    gathered.rescued.push(...rescuedIn(item.edit))
  }
  if (item.by === client.self && client.stack.length > 0) {
    client.stack.shift()
    client.sent--
    gathered.acknowledged++
    return
  }
  const foreign = mapPending(client, item.edit)
  const before = client.view
  client.view = [...client.stack, client.buffer].reduce(applyEdit, client.base)
  client.history.undo.at(-1)?.after.push(foreign)
  client.history.redo.at(-1)?.after.push(foreign)
  const change = viewChange(foreign, client.authors.get(item.by), before)
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

function rescuedIn(edit: Edit): RescuedPiece[] {
  return edit.flatMap((op) => (op[0] === 'r' ? [{ part: op[1], text: op[2] }] : []))
}

function lost(client: Client, gathered: Gathered): void {
  if (client.phase !== 'live') return
  client.phase = 'away'
  gathered.problem = { kind: 'lost' }
}

import { CodedError, codeOf } from '../util/coded-error.ts'
import { compose, invert } from './algebra.ts'
import { applyForeignEdit } from './apply.ts'
import type { Change, Json, PartId } from './change.ts'
import { pendingCount } from './client.ts'
import type { Client, LocalChangeOptions, RescuedPiece, UnsentState, ViewChange } from './client.ts'
import { pendingPatch } from './client-repair.ts'
import { EMPTY_EDIT, toChange, toEdit } from './edit.ts'
import type { Edit } from './edit.ts'
import { toFragments } from './fragments.ts'
import { hashState } from './hash.ts'
import { STACK_EDITS_MAX } from './limits.ts'
import type { ClientMessage } from './messages.ts'
import { replacements } from './replacements.ts'
import { rescuePatch } from './patch.ts'
import { recordForeign, recordLocal, takeEntry } from './undo.ts'
import { viewChange } from './view-change.ts'
import { encodeClientMessage } from './wire-client.ts'

/**
 * A change that the person made, and that the editor shows already. Also while away; not before the document is there.
 * @throws CodedError `bad_value` where it does not fit the view or splits a surrogate pair, `too_large`, `closed`
 */
export function localChange(client: Client, edit: Edit, options: LocalChangeOptions): void {
  if (edit.length === 0) return
  if (!client.hasDocument) throw new CodedError('closed', 'the document is not there yet')
  const before = client.view
  client.view = applyForeignEdit(before, edit)
  client.buffer = compose(client.buffer, edit)
  if (options.undo === 'none') recordForeign(client.history, edit)
  else recordLocal(client.history, invert(edit, before), options.undo)
}

/** Seals what was typed and gives what is to be sent, now or, under load, at most every 50 ms. */
export function flush(client: Client): readonly Uint8Array[] {
  if (client.phase !== 'live') return []
  seal(client)
  return client.stack.slice(client.sent).flatMap((edit) => {
    client.sent++
    const step = client.m - client.toldM
    client.toldM = client.ackedM = client.m
    const n = client.n + client.sent
    return frames({ kind: 'edit', gen: client.gen, n, step, edit })
  })
}

/** A new connection: what is to be sent over it first. Joins, or resumes where this client was. */
export function connect(client: Client): readonly Uint8Array[] {
  client.gen++
  client.late.clear()
  client.fragments = []
  client.joining = undefined
  if (client.repair) {
    const { sid, gen, repair } = client
    client.phase = 'joining'
    return frames({
      kind: 'patch',
      sid,
      gen,
      n: repair.n,
      blind: repair.blind,
      edits: repair.edits,
    })
  }
  if (client.phase === 'new' || (client.phase === 'joining' && !client.restored)) {
    client.phase = 'joining'
    return frames({ kind: 'join', sid: client.sid, gen: client.gen })
  }
  client.phase = client.restored ? 'joining' : 'resuming'
  seal(client)
  client.sent = client.stack.length
  client.toldM = client.ackedM = client.m
  const { sid, gen, term, m, n, stack, restored } = client
  return frames({ kind: 'resume', sid, gen, snapshot: restored, term, m, n, edits: stack })
}

/** The connection is gone. Typing goes on. */
export function disconnected(client: Client): void {
  if (client.phase === 'live' || client.phase === 'resuming') client.phase = 'away'
}

/** Takes back (or does again) this person's last change. The view change is for the editors. */
export function undo(client: Client): ViewChange | undefined {
  return takeBack(client, 'undo', 'redo')
}

export function redo(client: Client): ViewChange | undefined {
  return takeBack(client, 'redo', 'undo')
}

/** Every few seconds where something came; undefined where the owner knows. */
export function acknowledgement(client: Client): Uint8Array | undefined {
  if (client.phase !== 'live' || client.ackedM === client.m) return undefined
  client.ackedM = client.m
  return encodeClientMessage({ kind: 'ack', m: client.m })
}

/** When idle for 2 s: the owner answers where its text differs. O(length). */
export function check(client: Client): Uint8Array | undefined {
  if (client.phase !== 'live' || pendingCount(client) > 0) return undefined
  return encodeClientMessage({ kind: 'check', v: client.m, hash: hashState(client.base) })
}

/** The person needs a rescued piece no more, which the owner keeps; undefined while away: tell it after the next join. */
export function dismissRescued(client: Client, id: string): Uint8Array | undefined {
  return client.phase === 'live' ? encodeClientMessage({ kind: 'dismiss', id }) : undefined
}

/** Where this person is, for the others; null: nowhere. */
export function presence(client: Client, data: Json): Uint8Array | undefined {
  return client.phase === 'live' ? encodeClientMessage({ kind: 'presence', data }) : undefined
}

export function exportUnsent(client: Client): UnsentState {
  const { sid, gen, term, m, n, stack, buffer, repair } = client
  // Without the document what was kept stays as it is.
  const patch = client.restored ? (client.kept ?? []) : pendingPatch(client)
  if (repair) {
    const { blind } = repair
    return { sid, gen, term, m, n: repair.n, stack: [], buffer: [], patch, repair: { blind } }
  }
  return { sid, gen, term, m, n, stack: stack.map(toChange), buffer: toChange(buffer), patch }
}

/** Into a client made with `createClient(state.sid)`, before it connects. @throws CodedError where it is none of ours */
export function importUnsent(client: Client, state: UnsentState): void {
  client.gen = state.gen
  client.term = state.term
  client.m = state.m
  client.n = client.rescuedN = state.n
  client.stack = state.stack.map((change: Change) => toEdit(change))
  client.buffer = toEdit(state.buffer)
  client.kept = state.patch
  if (state.repair && state.patch) {
    const { blind } = state.repair
    client.repair = { n: state.n, edits: state.patch, blind, diverged: undefined }
  }
  client.restored = pendingCount(client) > 0
  if (client.restored) client.phase = 'away'
}

/** Forgets what was unsent, and gives the text of it. The next `connect` joins. */
export function rescueUnsent(client: Client, skip = 0): readonly RescuedPiece[] {
  const { stack, buffer, repair } = client
  const edits = [...(repair?.edits ?? []).map(rescuePatch), ...stack.slice(skip), buffer]
  const pieces = edits.flatMap((edit) => piecesOf(edit))
  client.base = client.view
  client.stack = []
  client.buffer = EMPTY_EDIT
  client.sent = 0
  client.restored = false
  client.repair = undefined
  client.phase = 'new'
  return joinPieces(pieces)
}

/** An entry that fits no more, because the document was replaced since, is left out. */
function takeBack(
  client: Client,
  from: 'undo' | 'redo',
  to: 'undo' | 'redo',
): ViewChange | undefined {
  const entries = client.history[from]
  while (entries.length > 0) {
    try {
      const edit = takeEntry(entries)
      if (edit) return takenBack(client, edit, to)
    } catch (error) {
      if (codeOf(error) === undefined && !(error instanceof RangeError)) throw error
    }
  }
  return undefined
}

function takenBack(client: Client, edit: Edit, to: 'undo' | 'redo'): ViewChange {
  const before = client.view
  client.view = applyForeignEdit(before, edit)
  client.buffer = compose(client.buffer, edit)
  client.history[to].push({ inverse: invert(edit, before), after: [] })
  return viewChange(edit, undefined, before)
}

/** The buffer joins the stack, where it stays as it is until acknowledged (I5). */
function seal(client: Client): void {
  if (client.buffer.length === 0 || client.stack.length >= STACK_EDITS_MAX) return
  client.stack.push(client.buffer)
  client.buffer = EMPTY_EDIT
}

/** A message as it goes over the channel. */
export function frames(message: ClientMessage): readonly Uint8Array[] {
  return toFragments(encodeClientMessage(message))
}

function piecesOf(edit: Edit): RescuedPiece[] {
  return edit.flatMap((op) => {
    if (op[0] === 'r') return [{ part: op[1], text: op[2] }]
    if (op[0] !== 't') return []
    return replacements(op[2])
      .filter(({ inserted }) => inserted.length > 0)
      .map(({ inserted }) => ({ part: op[1], text: inserted.sliceString(0) }))
  })
}

/** Typing comes as a piece a stroke: pieces of one part are read together, those of the owner by themselves. */
export function joinPieces(pieces: readonly RescuedPiece[]): readonly RescuedPiece[] {
  const texts = new Map<PartId, string>()
  for (const { part, text, id } of pieces)
    if (id === undefined) texts.set(part, (texts.get(part) ?? '') + text)
  const joined = [...texts].map(([part, text]) => ({ part, text }))
  return [...pieces.filter(({ id }) => id !== undefined), ...joined]
}

import { ByteReader, ByteWriter } from './bytes.ts'
import { checkJson } from './check-values.ts'
import { CodedError } from '../util/coded-error.ts'
import type { Edit } from './edit.ts'
import { PRESENCE_BYTES_MAX, STACK_EDITS_MAX } from './limits.ts'
import type { ClientMessage, PatchHunk } from './messages.ts'
import { readEdit, writeEdit } from './wire-edit.ts'

/**
 * Client -> owner: a byte with the kind, then
 *
 *     1 join      sid text . gen varint
 *     2 resume    sid text . gen varint . flags byte (1: snapshot) . term varint . m varint . n varint .
 *                 count varint . (length varint . edit)*
 *     3 edit      gen byte . n byte . step varint . edit
 *     4 ack       m varint
 *     5 check     v varint . hash varint
 *     6 presence  json
 *     7 patch     gen varint . count varint . (part . at varint . before . deleted . inserted . after)*
 *
 * Readers ignore an unknown kind, and what stands behind the fields they know (except in an edit).
 */
const JOIN = 1
const RESUME = 2
const EDIT = 3
const ACK = 4
const CHECK = 5
const PRESENCE = 6
const PATCH = 7

const SNAPSHOT_FLAG = 1
/** Characters of a session id. */
const SID_LENGTH_MAX = 64

export function encodeClientMessage(message: ClientMessage): Uint8Array {
  const writer = new ByteWriter()
  writeMessage(writer, message)
  return writer.done()
}

/** Undefined: of an unknown kind, from a newer client. @throws CodedError `bad_message`, `too_large` */
export function decodeClientMessage(bytes: Uint8Array): ClientMessage | undefined {
  const reader = new ByteReader(bytes)
  switch (reader.byte()) {
    case JOIN:
      return { kind: 'join', sid: readSid(reader), gen: reader.varint() }
    case RESUME:
      return readResume(reader)
    case EDIT:
      return {
        kind: 'edit',
        gen: reader.byte(),
        n: reader.byte(),
        step: reader.varint(),
        edit: readEdit(reader),
      }
    case ACK:
      return { kind: 'ack', m: reader.varint() }
    case CHECK:
      return { kind: 'check', v: reader.varint(), hash: reader.varint() }
    case PRESENCE:
      return readPresence(reader)
    case PATCH:
      return readPatch(reader)
    default:
      return undefined
  }
}

/** An edit with its length in front. */
export function writeEditBlock(writer: ByteWriter, edit: Edit): void {
  const inner = new ByteWriter()
  writeEdit(inner, edit)
  writer.block(inner.done())
}

export function readEditBlock(reader: ByteReader): Edit {
  return readEdit(new ByteReader(reader.block()))
}

function writeMessage(writer: ByteWriter, message: ClientMessage): void {
  switch (message.kind) {
    case 'join':
      writer.byte(JOIN)
      writer.text(message.sid)
      return writer.varint(message.gen)
    case 'resume':
      return writeResume(writer, message)
    case 'edit':
      writer.byte(EDIT)
      writer.byte(message.gen & 0xff)
      writer.byte(message.n & 0xff)
      writer.varint(message.step)
      return writeEdit(writer, message.edit)
    case 'ack':
      writer.byte(ACK)
      return writer.varint(message.m)
    case 'check':
      writer.byte(CHECK)
      writer.varint(message.v)
      return writer.varint(message.hash)
    case 'presence':
      writer.byte(PRESENCE)
      return writer.json(message.data)
    case 'patch':
      writer.byte(PATCH)
      writer.varint(message.gen)
      writer.varint(message.hunks.length)
      for (const hunk of message.hunks) writeHunk(writer, hunk)
  }
}

function writeResume(
  writer: ByteWriter,
  message: Extract<ClientMessage, { kind: 'resume' }>,
): void {
  writer.byte(RESUME)
  writer.text(message.sid)
  writer.varint(message.gen)
  writer.byte(message.snapshot ? SNAPSHOT_FLAG : 0)
  writer.varint(message.term)
  writer.varint(message.m)
  writer.varint(message.n)
  writer.varint(message.edits.length)
  for (const edit of message.edits) writeEditBlock(writer, edit)
}

function readResume(reader: ByteReader): ClientMessage {
  const sid = readSid(reader)
  const gen = reader.varint()
  const snapshot = (reader.byte() & SNAPSHOT_FLAG) !== 0
  const term = reader.varint()
  const m = reader.varint()
  const n = reader.varint()
  const count = reader.count()
  if (count > STACK_EDITS_MAX) throw new CodedError('too_large', `a stack of ${count} edits`)
  const edits = Array.from({ length: count }, () => readEditBlock(reader))
  return { kind: 'resume', sid, gen, snapshot, term, m, n, edits }
}

function readSid(reader: ByteReader): string {
  const sid = reader.text()
  if (sid !== '' && sid.length <= SID_LENGTH_MAX) return sid
  throw new CodedError('bad_message', `a session id of ${sid.length} characters`)
}

function readPresence(reader: ByteReader): ClientMessage {
  const bytes = reader.rest()
  if (bytes.length > PRESENCE_BYTES_MAX)
    throw new CodedError('too_large', `a presence of ${bytes.length} bytes`)
  const data = new ByteReader(bytes).json()
  checkJson(data)
  return { kind: 'presence', data }
}

function writeHunk(writer: ByteWriter, hunk: PatchHunk): void {
  writer.text(hunk.part)
  writer.varint(hunk.at)
  for (const text of [hunk.before, hunk.deleted, hunk.inserted, hunk.after]) writer.text(text)
}

function readPatch(reader: ByteReader): ClientMessage {
  const gen = reader.varint()
  const hunks = Array.from({ length: reader.count() }, () => ({
    part: reader.text(),
    at: reader.varint(),
    before: reader.text(),
    deleted: reader.text(),
    inserted: reader.text(),
    after: reader.text(),
  }))
  return { kind: 'patch', gen, hunks }
}

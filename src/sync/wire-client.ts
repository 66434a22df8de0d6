import { ByteReader, ByteWriter } from './bytes.ts'
import { checkJson, checkPartId } from './check-values.ts'
import { CodedError } from '../util/coded-error.ts'
import {
  DIVERGED_PARTS_MAX,
  MESSAGE_ENTRIES_MAX,
  PRESENCE_BYTES_MAX,
  STACK_EDITS_MAX,
} from './limits.ts'
import type { ClientMessage, KeptItem } from './messages.ts'
import { readPatch, writePatch } from './wire-patch.ts'
import { readAuthors, readEditBlock, readSid, writeAuthors, writeEditBlock } from './wire-values.ts'

/**
 * Client -> owner: a byte with the kind, then
 *
 *     1 join      sid text . gen varint
 *     2 resume    sid text . gen varint . flags byte (1: snapshot) . term varint . m varint . n varint .
 *                 count varint . (length varint . edit)*
 *     3 edit      gen byte . n byte . step varint . length varint . edit
 *     4 ack       m varint
 *     5 check     v varint . hash varint
 *     6 presence  json
 *     16 more     gen varint . chunks varint
 *     7 patch     sid text . gen varint . n varint . flags byte (1: blind) . count varint . (count varint . step*)*
 *     8 have_items  v varint . authors . (term varint . by varint . length varint . edit)*
 *     9 diverged  v varint . count varint . (part text . text text)*
 *     10 dismiss  id text
 *
 *     step := 0 . part text . count varint . (at varint . before text . deleted text . inserted text . after text)*
 *           | 1 . length varint . edit of one op
 *
 * Readers ignore an unknown kind, and what stands behind the fields they know (except in items).
 */
const JOIN = 1
const RESUME = 2
const EDIT = 3
const ACK = 4
const CHECK = 5
const PRESENCE = 6
const PATCH = 7
const HAVE_ITEMS = 8
const DIVERGED = 9
const DISMISS = 10
const MORE = 16

const SNAPSHOT_FLAG = 1

export function encodeClientMessage(message: ClientMessage): Uint8Array {
  const writer = new ByteWriter()
  writeMessage(writer, message)
  return writer.done()
}

/** Undefined: of an unknown kind, from a newer client. @throws CodedError `bad_message`, `too_large` */
export function decodeClientMessage(bytes: Uint8Array): ClientMessage | undefined {
  const reader = new ByteReader(bytes, { left: MESSAGE_ENTRIES_MAX })
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
        edit: readEditBlock(reader),
      }
    case ACK:
      return { kind: 'ack', m: reader.varint() }
    case CHECK:
      return { kind: 'check', v: reader.varint(), hash: reader.varint() }
    case PRESENCE:
      return readPresence(reader)
    case PATCH:
      return readPatch(reader)
    case HAVE_ITEMS:
      return readHaveItems(reader)
    case DIVERGED:
      return readDiverged(reader)
    case DISMISS:
      return { kind: 'dismiss', id: reader.text() }
    case MORE:
      return { kind: 'more', gen: reader.varint(), chunks: reader.varint() }
    default:
      return undefined
  }
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
      return writeEditBlock(writer, message.edit)
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
      return writePatch(writer, message)
    case 'more':
      writer.byte(MORE)
      writer.varint(message.gen)
      return writer.varint(message.chunks)
    default:
      return writeRepair(writer, message)
  }
}

function writeRepair(
  writer: ByteWriter,
  message: Extract<ClientMessage, { kind: 'have_items' | 'diverged' | 'dismiss' }>,
): void {
  switch (message.kind) {
    case 'have_items':
      writer.byte(HAVE_ITEMS)
      writer.varint(message.v)
      writeAuthors(writer, message.authors)
      for (const { term, by, edit } of message.items) {
        writer.varint(term)
        writer.varint(by)
        writeEditBlock(writer, edit)
      }
      return
    case 'diverged':
      writer.byte(DIVERGED)
      writer.varint(message.v)
      writer.varint(message.texts.length)
      for (const { part, text } of message.texts) {
        writer.text(part)
        writer.text(text)
      }
      return
    case 'dismiss':
      writer.byte(DISMISS)
      return writer.text(message.id)
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
  const edits = reader.list(() => readEditBlock(reader), STACK_EDITS_MAX)
  return { kind: 'resume', sid, gen, snapshot, term, m, n, edits }
}

function readPresence(reader: ByteReader): ClientMessage {
  const bytes = reader.rest()
  if (bytes.length > PRESENCE_BYTES_MAX)
    throw new CodedError('too_large', `a presence of ${bytes.length} bytes`)
  const data = new ByteReader(bytes).json()
  checkJson(data)
  return { kind: 'presence', data }
}

function readHaveItems(reader: ByteReader): ClientMessage {
  const v = reader.varint()
  const authors = readAuthors(reader)
  const items: KeptItem[] = []
  while (!reader.ended) {
    reader.entry()
    items.push({ term: reader.varint(), by: reader.varint(), edit: readEditBlock(reader) })
  }
  return { kind: 'have_items', v, authors, items }
}

function readDiverged(reader: ByteReader): ClientMessage {
  const v = reader.varint()
  const texts = reader.list(
    () => ({ part: checkPartId(reader.text()), text: reader.text() }),
    DIVERGED_PARTS_MAX,
  )
  return { kind: 'diverged', v, texts }
}

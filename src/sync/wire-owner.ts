import { ByteReader, ByteWriter } from './bytes.ts'
import type { NumberedAuthor, OwnerMessage, WireItem } from './messages.ts'
import { readEditBlock, writeEditBlock } from './wire-client.ts'

/**
 * Owner -> client: a byte with the kind, then
 *
 *     1 joined        gen varint . self varint . n varint . term varint . v varint . chunks varint
 *     2 snapshot      v varint . index varint . bytes           bytes of the UTF-8 of a StateJson
 *     3 resumed       gen varint . self varint . term varint
 *     4 authors       count varint . (index varint . sid text . account text . name text)*
 *     5 items         v varint . (by varint . length varint . edit)*
 *     6 items_full    term varint . v varint . (by varint . length varint . edit)*
 *     7 resend
 *     8 refused       gen varint . n varint . code text . message text
 *     9 forked        gen varint
 *     10 saved        v varint
 *     11 presence     by varint . json
 *     12 mismatch     v varint
 *     13 patch_result gen varint . accepted byte . count varint . index varint*
 *
 * Readers ignore an unknown kind, and what stands behind the fields they know (except in items).
 */
const JOINED = 1
const SNAPSHOT = 2
const RESUMED = 3
const AUTHORS = 4
const ITEMS = 5
const ITEMS_FULL = 6
const RESEND = 7
const REFUSED = 8
const FORKED = 9
const SAVED = 10
const PRESENCE = 11
const MISMATCH = 12
const PATCH_RESULT = 13

export function encodeOwnerMessage(message: OwnerMessage): Uint8Array {
  const writer = new ByteWriter()
  writeMessage(writer, message)
  return writer.done()
}

/** Undefined: of an unknown kind, from a newer owner. @throws CodedError `bad_message`, `too_large` */
export function decodeOwnerMessage(bytes: Uint8Array): OwnerMessage | undefined {
  const reader = new ByteReader(bytes)
  const read = READERS[reader.byte()]
  return read?.(reader)
}

function writeMessage(writer: ByteWriter, message: OwnerMessage): void {
  switch (message.kind) {
    case 'joined':
      writer.byte(JOINED)
      for (const key of ['gen', 'self', 'n', 'term', 'v', 'chunks'] as const)
        writer.varint(message[key])
      return
    case 'snapshot':
      writer.byte(SNAPSHOT)
      writer.varint(message.v)
      writer.varint(message.index)
      return writer.raw(message.bytes)
    case 'resumed':
      writer.byte(RESUMED)
      writer.varint(message.gen)
      writer.varint(message.self)
      return writer.varint(message.term)
    case 'authors':
      return writeAuthors(writer, message.authors)
    case 'items':
      writer.byte(ITEMS)
      return writeItems(writer, message.v, message.items)
    case 'items_full':
      writer.byte(ITEMS_FULL)
      writer.varint(message.term)
      return writeItems(writer, message.v, message.items)
    default:
      return writeAnswer(writer, message)
  }
}

type Answer = Exclude<
  OwnerMessage,
  { kind: 'joined' | 'snapshot' | 'resumed' | 'authors' | 'items' | 'items_full' }
>

function writeAnswer(writer: ByteWriter, message: Answer): void {
  switch (message.kind) {
    case 'resend':
      return writer.byte(RESEND)
    case 'refused':
      writer.byte(REFUSED)
      writer.varint(message.gen)
      writer.varint(message.n)
      writer.text(message.code)
      return writer.text(message.message)
    case 'forked':
      writer.byte(FORKED)
      return writer.varint(message.gen)
    case 'saved':
      writer.byte(SAVED)
      return writer.varint(message.v)
    case 'presence':
      writer.byte(PRESENCE)
      writer.varint(message.by)
      return writer.json(message.data)
    case 'mismatch':
      writer.byte(MISMATCH)
      return writer.varint(message.v)
    case 'patch_result':
      writer.byte(PATCH_RESULT)
      writer.varint(message.gen)
      writer.byte(message.accepted ? 1 : 0)
      writer.varint(message.failed.length)
      for (const index of message.failed) writer.varint(index)
  }
}

function writeAuthors(writer: ByteWriter, authors: readonly NumberedAuthor[]): void {
  writer.byte(AUTHORS)
  writer.varint(authors.length)
  for (const { index, sid, accountId, name } of authors) {
    writer.varint(index)
    for (const text of [sid, accountId, name]) writer.text(text)
  }
}

function writeItems(writer: ByteWriter, v: number, items: readonly WireItem[]): void {
  writer.varint(v)
  for (const { by, edit } of items) {
    writer.varint(by)
    writeEditBlock(writer, edit)
  }
}

type Read = (reader: ByteReader) => OwnerMessage

const READERS: { readonly [kind: number]: Read } = {
  [JOINED]: (reader) => ({
    kind: 'joined',
    gen: reader.varint(),
    self: reader.varint(),
    n: reader.varint(),
    term: reader.varint(),
    v: reader.varint(),
    chunks: reader.varint(),
  }),
  [SNAPSHOT]: (reader) => ({
    kind: 'snapshot',
    v: reader.varint(),
    index: reader.varint(),
    bytes: reader.rest(),
  }),
  [RESUMED]: (reader) => ({
    kind: 'resumed',
    gen: reader.varint(),
    self: reader.varint(),
    term: reader.varint(),
  }),
  [AUTHORS]: (reader) => ({ kind: 'authors', authors: readAuthors(reader) }),
  [ITEMS]: (reader) => ({ kind: 'items', v: reader.varint(), items: readItems(reader) }),
  [ITEMS_FULL]: (reader) => ({
    kind: 'items_full',
    term: reader.varint(),
    v: reader.varint(),
    items: readItems(reader),
  }),
  [RESEND]: () => ({ kind: 'resend' }),
  [REFUSED]: (reader) => ({
    kind: 'refused',
    gen: reader.varint(),
    n: reader.varint(),
    code: reader.text(),
    message: reader.text(),
  }),
  [FORKED]: (reader) => ({ kind: 'forked', gen: reader.varint() }),
  [SAVED]: (reader) => ({ kind: 'saved', v: reader.varint() }),
  [PRESENCE]: (reader) => ({ kind: 'presence', by: reader.varint(), data: reader.json() }),
  [MISMATCH]: (reader) => ({ kind: 'mismatch', v: reader.varint() }),
  [PATCH_RESULT]: (reader) => ({
    kind: 'patch_result',
    gen: reader.varint(),
    accepted: reader.byte() === 1,
    failed: Array.from({ length: reader.count() }, () => reader.varint()),
  }),
}

function readAuthors(reader: ByteReader): NumberedAuthor[] {
  return Array.from({ length: reader.count() }, () => ({
    index: reader.varint(),
    sid: reader.text(),
    accountId: reader.text(),
    name: reader.text(),
  }))
}

function readItems(reader: ByteReader): WireItem[] {
  const items: WireItem[] = []
  while (!reader.ended) items.push({ by: reader.varint(), edit: readEditBlock(reader) })
  return items
}

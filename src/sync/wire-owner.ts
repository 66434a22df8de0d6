import { ByteReader, ByteWriter } from './bytes.ts'
import type { Json } from './change.ts'
import type { OwnerMessage, WireItem } from './messages.ts'
import { readAuthors, readEditBlock, writeAuthors, writeEditBlock } from './wire-values.ts'
import { readEdit, writeEdit } from './wire-edit.ts'

/**
 * Owner -> client: a byte with the kind, then
 *
 *     1 joined        gen varint . self varint . n varint . term varint . v varint . chunks varint .
 *                     liveTerm varint
 *     2 snapshot      v varint . index varint . bytes           as drawn in snapshot.ts
 *     3 resumed       gen varint . self varint . term varint
 *     4 authors       count varint . (index varint . sid text . account text . name text)*
 *     5 items         v varint . sum u32 . (by varint . length varint . edit)*
 *     6 items_full    term varint . v varint . sum u32 . (by varint . length varint . edit)*
 *     7 resend
 *     8 refused       gen varint . n varint . code text . message text
 *     9 forked        gen varint . base varint . head varint . count varint . (term varint . v varint)*
 *     10 saved        v varint
 *     11 presence     by varint . json
 *     12 mismatch     v varint
 *     13 patch_result gen varint . changes varint . unplaced varint
 *     14 want_items   v varint . term varint
 *     15 rescued      count varint . (id text . part text . text text)*
 *     16 merged       gen varint . self varint . n varint . term varint . v varint . liveTerm varint . edit
 *     17 presences    (by varint . json)*
 *     18 own          v varint . sum u32
 *
 * Readers ignore an unknown kind, and what stands behind the fields they know (except in items, merged
 * and presences).
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
const WANT_ITEMS = 14
const RESCUED = 15
const MERGED = 16
const PRESENCES = 17
const OWN = 18

const JOINED_NUMBERS = ['gen', 'self', 'n', 'term', 'v', 'chunks', 'liveTerm', 'sum'] as const
const MERGED_NUMBERS = ['gen', 'self', 'n', 'term', 'v', 'liveTerm'] as const

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
      for (const key of JOINED_NUMBERS) writer.varint(message[key])
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
      writer.byte(AUTHORS)
      return writeAuthors(writer, message.authors)
    case 'items':
      writer.byte(ITEMS)
      return writeItems(writer, message)
    case 'items_full':
      writer.byte(ITEMS_FULL)
      writer.varint(message.term)
      return writeItems(writer, message)
    case 'merged':
      writer.byte(MERGED)
      for (const key of MERGED_NUMBERS) writer.varint(message[key])
      return writeEdit(writer, message.edit)
    default:
      return writeAnswer(writer, message)
  }
}

type Answer = Exclude<
  OwnerMessage,
  { kind: 'joined' | 'snapshot' | 'resumed' | 'authors' | 'items' | 'items_full' | 'merged' }
>

function writeAnswer(writer: ByteWriter, message: Answer): void {
  switch (message.kind) {
    case 'own':
      writer.byte(OWN)
      writer.varint(message.v)
      return writer.u32(message.sum)
    case 'resend':
      return writer.byte(RESEND)
    case 'refused':
      writer.byte(REFUSED)
      writer.varint(message.gen)
      writer.varint(message.n)
      writer.text(message.code)
      return writer.text(message.message)
    case 'forked':
      return writeForked(writer, message)
    case 'saved':
      writer.byte(SAVED)
      return writer.varint(message.v)
    case 'presence':
      writer.byte(PRESENCE)
      writer.varint(message.by)
      return writer.json(message.data)
    case 'presences':
      writer.byte(PRESENCES)
      for (const { by, data } of message.people) {
        writer.varint(by)
        writer.json(data)
      }
      return
    case 'mismatch':
      writer.byte(MISMATCH)
      return writer.varint(message.v)
    case 'patch_result':
      writer.byte(PATCH_RESULT)
      writer.varint(message.gen)
      writer.varint(message.changes)
      return writer.varint(message.unplaced)
    case 'want_items':
      writer.byte(WANT_ITEMS)
      writer.varint(message.v)
      return writer.varint(message.term)
    case 'rescued':
      writer.byte(RESCUED)
      writer.varint(message.pieces.length)
      for (const { id, part, text } of message.pieces)
        for (const field of [id, part, text]) writer.text(field)
  }
}

function writeForked(
  writer: ByteWriter,
  { gen, base, head, terms }: Extract<OwnerMessage, { kind: 'forked' }>,
): void {
  writer.byte(FORKED)
  for (const number of [gen, base, head, terms.length]) writer.varint(number)
  for (const { term, v } of terms) {
    writer.varint(term)
    writer.varint(v)
  }
}

function writeItems(
  writer: ByteWriter,
  {
    v,
    sum,
    items,
  }: { readonly v: number; readonly sum: number; readonly items: readonly WireItem[] },
): void {
  writer.varint(v)
  writer.u32(sum)
  for (const { by, edit } of items) {
    writer.varint(by)
    writeEditBlock(writer, edit)
  }
}

type Read = (reader: ByteReader) => OwnerMessage

const READERS: { readonly [kind: number]: Read } = {
  [JOINED]: readJoined,
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
  [ITEMS]: (reader) => ({
    kind: 'items',
    v: reader.varint(),
    sum: reader.u32(),
    items: readItems(reader),
  }),
  [ITEMS_FULL]: (reader) => ({
    kind: 'items_full',
    term: reader.varint(),
    v: reader.varint(),
    sum: reader.u32(),
    items: readItems(reader),
  }),
  [OWN]: (reader) => ({ kind: 'own', v: reader.varint(), sum: reader.u32() }),
  [RESEND]: () => ({ kind: 'resend' }),
  [REFUSED]: (reader) => ({
    kind: 'refused',
    gen: reader.varint(),
    n: reader.varint(),
    code: reader.text(),
    message: reader.text(),
  }),
  [FORKED]: (reader) => ({
    kind: 'forked',
    gen: reader.varint(),
    base: reader.varint(),
    head: reader.varint(),
    terms: reader.list(() => ({ term: reader.varint(), v: reader.varint() })),
  }),
  [SAVED]: (reader) => ({ kind: 'saved', v: reader.varint() }),
  [MERGED]: (reader) => ({
    kind: 'merged',
    gen: reader.varint(),
    self: reader.varint(),
    n: reader.varint(),
    term: reader.varint(),
    v: reader.varint(),
    liveTerm: reader.varint(),
    edit: readEdit(reader),
  }),
  [PRESENCES]: (reader) => ({ kind: 'presences', people: readPeople(reader) }),
  [PRESENCE]: (reader) => ({ kind: 'presence', by: reader.varint(), data: reader.json() }),
  [MISMATCH]: (reader) => ({ kind: 'mismatch', v: reader.varint() }),
  [PATCH_RESULT]: (reader) => ({
    kind: 'patch_result',
    gen: reader.varint(),
    changes: reader.varint(),
    unplaced: reader.varint(),
  }),
  [WANT_ITEMS]: (reader) => ({ kind: 'want_items', v: reader.varint(), term: reader.varint() }),
  [RESCUED]: (reader) => ({
    kind: 'rescued',
    pieces: reader.list(() => ({ id: reader.text(), part: reader.text(), text: reader.text() })),
  }),
}

function readJoined(reader: ByteReader): OwnerMessage {
  return {
    kind: 'joined',
    gen: reader.varint(),
    self: reader.varint(),
    n: reader.varint(),
    term: reader.varint(),
    v: reader.varint(),
    chunks: reader.varint(),
    liveTerm: reader.varint(),
    sum: reader.varint(),
  }
}

function readPeople(reader: ByteReader): { by: number; data: Json }[] {
  const people: { by: number; data: Json }[] = []
  while (!reader.ended) people.push({ by: reader.varint(), data: reader.json() })
  return people
}

function readItems(reader: ByteReader): WireItem[] {
  const items: WireItem[] = []
  while (!reader.ended) items.push({ by: reader.varint(), edit: readEditBlock(reader) })
  return items
}

import { ChangeSet } from '@codemirror/state'
import type { Text } from '@codemirror/state'

import { CodedError } from '../util/coded-error.ts'
import { type ByteReader, type ByteWriter, isShortAscii } from './bytes.ts'
import { checkCellId, checkJson, checkPartId, checkRunId } from './check-values.ts'
import { toText } from './document-state.ts'
import type { Edit, PartOp } from './edit.ts'
import { CHANGE_PARTS_MAX, INSERT_LENGTH_MAX, STREAM_MESSAGES_MAX } from './limits.ts'
import { replacements } from './replacements.ts'

/**
 * An edit takes the rest of its bytes; its length is told around it.
 *
 *     edit    := op*
 *     op      := head part fields           head: kind in the low 4 bits, length of the part's UTF-8 in the high 4,
 *                                           15 where a varint with the length follows
 *     0 splice  keep varint . deleted varint . inserted text . keep varint       one change of a text
 *     1 text    count varint . section*                                          several
 *               section := 0 . keep varint | 1 . deleted varint . inserted text
 *     2 field   json          3 insert  cell after     4 move   cell after     5 delete  cell
 *     6 append  run sequence count json*               7 clear  run            8 rescued text
 *
 * Strings are UTF-8 with a varint of their length in bytes in front; lengths in texts are UTF-16 code units.
 */
const SPLICE = 0
const TEXT = 1
const FIELD = 2
const INSERT = 3
const MOVE = 4
const DELETE = 5
const APPEND = 6
const CLEAR = 7
const RESCUED = 8

const LONG_PART = 15
const encoder = new TextEncoder()
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

export function writeEdit(writer: ByteWriter, edit: Edit): void {
  for (const op of edit) writeOp(writer, op)
}

/** @throws CodedError `bad_message`, `too_large` */
export function readEdit(reader: ByteReader): Edit {
  const ops: PartOp[] = []
  while (!reader.ended) {
    if (ops.length >= CHANGE_PARTS_MAX)
      throw new CodedError('too_large', `a change of over ${CHANGE_PARTS_MAX} parts`)
    reader.entry()
    ops.push(readOp(reader))
  }
  return ops
}

function writeOp(writer: ByteWriter, op: PartOp): void {
  switch (op[0]) {
    case 't':
      return writeTextOp(writer, op[1], op[2])
    case 'f':
      writeHead(writer, FIELD, op[1])
      return writer.json(op[2])
    case 'i':
    case 'm':
      writeHead(writer, op[0] === 'i' ? INSERT : MOVE, op[1])
      writer.text(op[2])
      return writer.text(op[3])
    case 'd':
      writeHead(writer, DELETE, op[1])
      return writer.text(op[2])
    case 'a':
      writeHead(writer, APPEND, op[1])
      writer.text(op[2])
      writer.varint(op[3])
      writer.varint(op[4].length)
      for (const message of op[4]) writer.json(message)
      return
    case 'c':
      writeHead(writer, CLEAR, op[1])
      return writer.text(op[2])
    case 'r':
      writeHead(writer, RESCUED, op[1])
      return writer.text(op[2])
  }
}

function readOp(reader: ByteReader): PartOp {
  const head = reader.byte()
  const part = readPart(reader, head >> 4)
  switch (head & 15) {
    case SPLICE:
      return ['t', part, readSplice(reader)]
    case TEXT:
      return ['t', part, readSections(reader)]
    case FIELD:
      return ['f', part, readJson(reader)]
    case INSERT:
      return ['i', part, checkCellId(reader.text()), readAfter(reader)]
    case MOVE:
      return ['m', part, checkCellId(reader.text()), readAfter(reader)]
    case DELETE:
      return ['d', part, checkCellId(reader.text())]
    case APPEND:
      return ['a', part, checkRunId(reader.text()), reader.varint(), readMessages(reader)]
    case CLEAR:
      return ['c', part, checkRunId(reader.text())]
    case RESCUED:
      return ['r', part, reader.text()]
    default:
      throw new CodedError('bad_message', `kind ${head & 15} of part change is unknown`)
  }
}

function writeHead(writer: ByteWriter, kind: number, part: string): void {
  if (part.length < LONG_PART && isShortAscii(part)) {
    writer.byte(kind | (part.length << 4))
    return writer.ascii(part)
  }
  const bytes = encoder.encode(part)
  const isShort = bytes.length < LONG_PART
  writer.byte(kind | ((isShort ? bytes.length : LONG_PART) << 4))
  if (isShort) writer.raw(bytes)
  else writer.block(bytes)
}

function readPart(reader: ByteReader, length: number): string {
  const bytes = length === LONG_PART ? reader.block() : reader.raw(length)
  try {
    return checkPartId(decoder.decode(bytes))
  } catch (error) {
    throw new CodedError('bad_message', 'a part id is not UTF-8', { cause: error })
  }
}

interface Section {
  readonly length: number
  /** Undefined: kept. */
  readonly inserted: Text | undefined
}

function writeTextOp(writer: ByteWriter, part: string, changes: ChangeSet): void {
  const sections = sectionsOf(changes)
  const [first, second, third] = sections
  const isSplice =
    sections.length === 3 && !first?.inserted && second?.inserted !== undefined && !third?.inserted
  writeHead(writer, isSplice ? SPLICE : TEXT, part)
  if (isSplice) {
    writer.varint(first?.length ?? 0)
    writer.varint(second.length)
    writer.text(flat(second.inserted))
    return writer.varint(third?.length ?? 0)
  }
  writer.varint(sections.length)
  for (const { length, inserted } of sections) {
    writer.byte(inserted ? 1 : 0)
    writer.varint(length)
    if (inserted) writer.text(flat(inserted))
  }
}

/** Of many lines the whole is made quicker at once than line by line. */
function flat(text: Text): string {
  return text.lines === 1 ? text.sliceString(0) : text.toJSON().join('\n')
}

/** Kept and replaced ranges as they are in the change; one replaced range always stands between two kept ones. */
function sectionsOf(changes: ChangeSet): Section[] {
  const sections: Section[] = []
  let at = 0
  let count = 0
  for (const { from, to, inserted } of replacements(changes, true)) {
    if (from > at || count === 0) sections.push({ length: from - at, inserted: undefined })
    sections.push({ length: to - from, inserted })
    at = to
    count++
  }
  if (changes.length > at || count <= 1)
    sections.push({ length: changes.length - at, inserted: undefined })
  return sections
}

function readSplice(reader: ByteReader): ChangeSet {
  const from = reader.varint()
  const deleted = reader.varint()
  const insert = readInserted(reader)
  const kept = reader.varint()
  // Equal to what `toChangeSet` makes, which would take the lines of a large text apart again.
  if (insert.lines > 1 && Number.isSafeInteger(from + deleted + kept))
    return ChangeSet.of({ from, to: from + deleted, insert }, from + deleted + kept)
  return toChangeSet([
    { length: from, inserted: undefined },
    { length: deleted, inserted: insert },
    { length: kept, inserted: undefined },
  ])
}

function readSections(reader: ByteReader): ChangeSet {
  const sections: Section[] = []
  for (let left = reader.count(); left > 0; left--) {
    reader.entry()
    const isReplaced = reader.byte() === 1
    const length = reader.varint()
    sections.push({ length, inserted: isReplaced ? readInserted(reader) : undefined })
  }
  return toChangeSet(sections)
}

function readInserted(reader: ByteReader): Text {
  const text = reader.text()
  if (text.length > INSERT_LENGTH_MAX)
    throw new CodedError('too_large', `an insert of ${text.length}`)
  return toText(text)
}

function toChangeSet(sections: readonly Section[]): ChangeSet {
  let sum = 0
  for (const { length } of sections) sum += length
  if (!Number.isSafeInteger(sum)) throw new CodedError('bad_message', 'lengths beyond any text')
  return ChangeSet.fromJSON(
    sections
      .filter(({ length, inserted }) => length > 0 || (inserted && inserted.length > 0))
      .map(({ length, inserted }) => {
        if (!inserted) return length
        return inserted.length === 0 ? [length] : [length, ...inserted.toJSON()]
      }),
  )
}

function readJson(reader: ByteReader) {
  const value = reader.json()
  checkJson(value)
  return value
}

function readAfter(reader: ByteReader): string {
  const after = reader.text()
  return after === '' ? after : checkCellId(after)
}

function readMessages(reader: ByteReader) {
  const count = reader.count()
  if (count > STREAM_MESSAGES_MAX) throw new CodedError('too_large', `${count} messages`)
  return Array.from({ length: count }, () => readJson(reader))
}

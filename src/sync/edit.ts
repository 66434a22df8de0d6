import { ChangeSet } from '@codemirror/state'
import type { Text } from '@codemirror/state'

import { CodedError } from '../util/coded-error.ts'
import type { CellId, Change, PartChange, PartId, TextSections } from './change.ts'
import { checkCellId, checkJson, checkPartId, checkRunId } from './check-values.ts'
import {
  CHANGE_PARTS_MAX,
  INSERT_LENGTH_MAX,
  LARGE_INSERT_LENGTH,
  STREAM_MESSAGES_MAX,
} from './limits.ts'

/** A change of a text part, with its sections parsed. */
export type TextOp = readonly ['t', PartId, ChangeSet]

/**
 * Text that was typed into a cell which somebody else deleted: a rescued piece. It changes nothing; it is kept in
 * the history and shown to its author. Made by `transform` only.
 */
export type RescuedOp = readonly ['r', PartId, string]

export type PartOp = TextOp | RescuedOp | Exclude<PartChange, readonly ['t', ...unknown[]]>

/**
 * A Change inside src/sync: the parts in their order, texts as ChangeSet. Immutable. Ops later in the list start
 * from what the earlier ones made.
 */
export type Edit = readonly PartOp[]

export const EMPTY_EDIT: Edit = []

/** An edit of one text part. */
export function textEdit(part: PartId, changes: ChangeSet): Edit {
  return changes.empty ? EMPTY_EDIT : [['t', part, changes]]
}

/** Parses a change. @throws CodedError `bad_message` where it is none, `too_large` where it is over a limit */
export function toEdit(change: Change): Edit {
  if (change.length > CHANGE_PARTS_MAX)
    throw new CodedError('too_large', `a change of ${change.length} parts`)
  return change.map(toOp)
}

export function toChange(edit: Edit): Change {
  return edit.map((op) => (op[0] === 't' ? ['t', op[1], toSections(op[2])] : op))
}

/** The JSON form of a ChangeSet. */
export function toSections(changes: ChangeSet): TextSections {
  const sections: TextSections = changes.toJSON()
  return sections
}

/** Parses the JSON form of a ChangeSet, canonically. @throws CodedError `bad_message`, `too_large` */
export function fromSections(sections: TextSections): ChangeSet {
  if (!Array.isArray(sections)) throw bad('the sections of a text change are no array')
  for (const section of sections) checkSection(section)
  return ChangeSet.fromJSON(sections.filter((section) => !isNothing(section)))
}

/** True where an edit inserts so much that a second look at it is felt. */
export function isLargeEdit(edit: Edit): boolean {
  return insertedLength(edit) > LARGE_INSERT_LENGTH
}

/** Characters that an edit inserts into texts. */
export function insertedLength(edit: Edit): number {
  let length = 0
  // oxlint-disable-next-line max-params -- the callback that CodeMirror calls
  const add = (
    _from: number,
    _to: number,
    _fromAfter: number,
    _toAfter: number,
    inserted: Text,
  ) => {
    length += inserted.length
  }
  for (const op of edit) if (op[0] === 't') op[2].iterChanges(add, true)
  return length
}

/** About how many characters an edit has that are kept with it. */
export function lengthOf(edit: Edit): number {
  let length = 0
  for (const op of edit) {
    if (op[0] === 't') length += Math.max(0, op[2].newLength - op[2].length)
    else if (op[0] === 'a') length += JSON.stringify(op[4]).length
    else if (op[0] === 'f') length += JSON.stringify(op[2]).length
    else if (op[0] === 'r') length += op[2].length
  }
  return length
}

/** The cell whose part this is, or undefined where it is a part of the document itself. */
export function cellOf(part: PartId): CellId | undefined {
  const dot = part.indexOf('.')
  return dot === -1 ? undefined : part.slice(0, dot)
}

function toOp(change: PartChange): PartOp {
  if (!Array.isArray(change)) throw bad('a part change is no array')
  checkPartId(change[1])
  switch (change[0]) {
    case 't':
      return ['t', change[1], fromSections(change[2])]
    case 'r':
      if (typeof change[2] !== 'string') throw bad('a rescued piece is no text')
      return ['r', change[1], change[2]]
    case 'f':
      checkJson(change[2])
      return ['f', change[1], change[2]]
    case 'i':
    case 'm':
      if (change[3] !== '') checkCellId(change[3])
      return [change[0], change[1], checkCellId(change[2]), change[3]]
    case 'd':
      return ['d', change[1], checkCellId(change[2])]
    case 'a':
      return toAppend(change)
    case 'c':
      return ['c', change[1], checkRunId(change[2])]
    default:
      throw bad(`unknown kind of part change ${String(change[0])}`)
  }
}

function toAppend(change: Extract<PartChange, readonly ['a', ...unknown[]]>): PartOp {
  const [, part, run, sequence, messages] = change
  if (!Number.isSafeInteger(sequence) || sequence < 0) throw bad(`sequence number ${sequence}`)
  if (!Array.isArray(messages)) throw bad('the messages of a stream are no array')
  if (messages.length > STREAM_MESSAGES_MAX)
    throw new CodedError('too_large', `${messages.length} messages in one change of a stream`)
  for (const message of messages) checkJson(message)
  return ['a', part, checkRunId(run), sequence, messages]
}

function checkSection(section: TextSections[number]): void {
  if (typeof section === 'number') return checkLength(section)
  if (!Array.isArray(section)) throw bad('a section is neither a length nor a replacement')
  const [deleted, ...lines] = section
  checkLength(deleted)
  let length = 0
  for (const line of lines) {
    if (typeof line !== 'string' || line.includes('\n')) throw bad('a line holds a line break')
    length += line.length + 1
  }
  if (length > INSERT_LENGTH_MAX) throw new CodedError('too_large', `an insert of ${length}`)
}

/** Keeps or replaces nothing by nothing. Dropped, so that both sides map the same sections. */
function isNothing(section: TextSections[number]): boolean {
  if (typeof section === 'number') return section === 0
  return section[0] === 0 && section.length <= 2 && (section[1] ?? '') === ''
}

function checkLength(length: number): void {
  if (!Number.isSafeInteger(length) || length < 0) throw bad(`length ${length} of a section`)
}

function bad(message: string): CodedError {
  return new CodedError('bad_message', message)
}

import type { Text } from '@codemirror/state'

import { CodedError } from '../util/coded-error.ts'
import type { CellId, Json, PartId } from './change.ts'
import { checkCellId, checkJson, checkPartId, checkRunId } from './check-values.ts'
import type { DocumentState, ListEntry, Stream } from './document-state.ts'
import { toText } from './document-state.ts'
import { PersistentMap } from './persistent-map.ts'

/** A document as JSON: in snapshots, on the wire and in the journal. Parts are in the order of their ids. */
export interface StateJson {
  readonly texts: readonly (readonly [PartId, string])[]
  readonly fields: readonly (readonly [PartId, Json])[]
  /** A deleted cell, which keeps its place, stands in an array of its own. */
  readonly lists: readonly (readonly [PartId, readonly (CellId | readonly [CellId])[]])[]
  readonly streams: readonly (readonly [PartId, string, number, readonly Json[]])[]
}

export function stateToJson(state: DocumentState): StateJson {
  return {
    texts: sorted(state.texts).map(([part, text]) => [part, text.sliceString(0)]),
    fields: sorted(state.fields),
    lists: sorted(state.lists).map(([part, entries]) => [
      part,
      entries.map((entry) => (entry.deleted ? ([entry.cell] as const) : entry.cell)),
    ]),
    streams: sorted(state.streams).map(([part, { run, next, messages }]) => [
      part,
      run,
      next,
      messages,
    ]),
  }
}

/** @throws CodedError `bad_message` where it is none */
export function stateFromJson(json: StateJson): DocumentState {
  const lists = mapFrom(json.lists.map(([part, cells]) => [part, cells.map(toEntry)] as const))
  return {
    texts: mapFrom(json.texts.map(([part, text]) => [part, parseText(text)] as const)),
    fields: mapFrom(json.fields.map(([part, value]) => [part, parseField(value)] as const)),
    lists,
    streams: mapFrom(json.streams.map(([part, ...stream]) => [part, toStream(stream)] as const)),
    cells: mapFrom(
      [...lists.entries()].flatMap(([list, entries]) =>
        entries.filter((entry) => !entry.deleted).map((entry) => [entry.cell, list] as const),
      ),
    ),
  }
}

function sorted<V>(parts: PersistentMap<V>): [PartId, V][] {
  return [...parts.entries()].toSorted(([a], [b]) => (a < b ? -1 : 1))
}

function mapFrom<V>(entries: readonly (readonly [string, V])[]): PersistentMap<V> {
  return PersistentMap.from(entries.map(([part, value]) => [checkPartId(part), value]))
}

function parseText(text: string): Text {
  if (typeof text !== 'string') throw new CodedError('bad_message', 'a text part is no string')
  return toText(text)
}

function parseField(value: Json): Json {
  checkJson(value)
  return value
}

function toEntry(entry: CellId | readonly [CellId]): ListEntry {
  return typeof entry === 'string'
    ? { cell: checkCellId(entry), deleted: false }
    : { cell: checkCellId(entry[0]), deleted: true }
}

function toStream([run, next, messages]: [string, number, readonly Json[]]): Stream {
  checkRunId(run)
  checkJson(messages)
  if (!Number.isSafeInteger(next)) throw new CodedError('bad_message', `stream at ${next}`)
  return { run, next, messages }
}

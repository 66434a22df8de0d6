import { Text } from '@codemirror/state'

import type { CellId, Json, PartId } from './change.ts'
import { PersistentMap } from './persistent-map.ts'

/** A place in a list. A deleted cell keeps its place, so that what was to come after it still knows where. */
export interface ListEntry {
  readonly cell: CellId
  readonly deleted: boolean
}

/** The messages of one run. `next` is the sequence number that follows. */
export interface Stream {
  readonly run: string
  readonly next: number
  readonly messages: readonly Json[]
}

/** A document at one version. Immutable; versions share what they have in common. */
export interface DocumentState {
  readonly texts: PersistentMap<Text>
  readonly fields: PersistentMap<Json>
  readonly lists: PersistentMap<readonly ListEntry[]>
  readonly streams: PersistentMap<Stream>
  /** The list of each cell that is there. */
  readonly cells: PersistentMap<PartId>
}

export const EMPTY_STATE: DocumentState = {
  texts: PersistentMap.empty(),
  fields: PersistentMap.empty(),
  lists: PersistentMap.empty(),
  streams: PersistentMap.empty(),
  cells: PersistentMap.empty(),
}

export const EMPTY_STREAM: Stream = { run: '', next: 0, messages: [] }

export function textOf(state: DocumentState, part: PartId): Text {
  return state.texts.get(part) ?? Text.empty
}

export function fieldOf(state: DocumentState, part: PartId): Json {
  return state.fields.get(part) ?? null
}

export function streamOf(state: DocumentState, part: PartId): Stream {
  return state.streams.get(part) ?? EMPTY_STREAM
}

/** The cells of a list that are there, in their order. */
export function cellsOf(state: DocumentState, list: PartId): readonly CellId[] {
  const cells: CellId[] = []
  for (const entry of state.lists.get(list) ?? []) if (!entry.deleted) cells.push(entry.cell)
  return cells
}

/** A text as CodeMirror holds it: split at \n only. */
export function toText(text: string): Text {
  return Text.of(text.split('\n'))
}

/** The whole string of a text part. O(length): for disk and export. */
export function stringOf(state: DocumentState, part: PartId): string {
  return textOf(state, part).sliceString(0, undefined, '\n')
}

/** A document of one text part `''`: a plain file. */
export function stateOfText(text: string): DocumentState {
  return text === ''
    ? EMPTY_STATE
    : { ...EMPTY_STATE, texts: EMPTY_STATE.texts.set('', toText(text)) }
}

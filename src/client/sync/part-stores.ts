import type { Text } from '@codemirror/state'

import type { CellId, Json, PartId } from '../../sync/change.ts'
import { cellsOf, fieldOf, streamOf, textOf } from '../../sync/document-state.ts'
import type { DocumentState, ListEntry } from '../../sync/document-state.ts'
import type { ViewChange } from '../../sync/client.ts'
import { Value } from '../app/observable.ts'
import type { Observable } from '../app/observable.ts'

const NO_MESSAGES: readonly Json[] = []

/**
 * The parts of a document as observables, one for each that somebody has asked for. States are immutable and share
 * what they have in common, so that a part has changed exactly when it is another object.
 */
export class PartStores {
  #state: DocumentState
  readonly #texts = new Map<PartId, Value<Text>>()
  readonly #fields = new Map<PartId, Value<Json>>()
  readonly #streams = new Map<PartId, Value<readonly Json[]>>()
  readonly #lists = new Map<
    PartId,
    { value: Value<readonly CellId[]>; entries: readonly ListEntry[] | undefined }
  >()

  constructor(state: DocumentState) {
    this.#state = state
  }

  text(part: PartId): Observable<Text> {
    return existing(this.#texts, part, () => new Value(textOf(this.#state, part)))
  }

  field(part: PartId): Observable<Json> {
    return existing(this.#fields, part, () => new Value(fieldOf(this.#state, part)))
  }

  stream(part: PartId): Observable<readonly Json[]> {
    return existing(this.#streams, part, () => new Value(messagesOf(this.#state, part)))
  }

  list(part: PartId): Observable<readonly CellId[]> {
    return existing(this.#lists, part, () => ({
      value: new Value(cellsOf(this.#state, part)),
      entries: this.#state.lists.get(part),
    })).value
  }

  /** After a change: only what it names is looked at, so that a keystroke costs the same in any document. */
  apply(state: DocumentState, change: Pick<ViewChange, 'texts' | 'touched'>): void {
    if (change.touched.some((part) => state.lists.get(part) !== undefined)) {
      this.set(state)
      return
    }
    this.#state = state
    for (const { part } of change.texts) this.#texts.get(part)?.set(textOf(state, part))
    for (const part of change.touched) {
      this.#fields.get(part)?.set(fieldOf(state, part))
      this.#streams.get(part)?.set(messagesOf(state, part))
    }
  }

  /** Texts first, lists last: a cell is there before it is listed, and gone from the list before it is missed. */
  set(state: DocumentState): void {
    this.#state = state
    for (const [part, value] of this.#texts) value.set(textOf(state, part))
    for (const [part, value] of this.#fields) value.set(fieldOf(state, part))
    for (const [part, value] of this.#streams) value.set(messagesOf(state, part))
    for (const [part, list] of this.#lists) {
      const entries = state.lists.get(part)
      if (entries === list.entries) continue
      list.entries = entries
      list.value.set(cellsOf(state, part))
    }
  }
}

function messagesOf(state: DocumentState, part: PartId): readonly Json[] {
  const { messages } = streamOf(state, part)
  return messages.length === 0 ? NO_MESSAGES : messages
}

function existing<V>(values: Map<PartId, V>, part: PartId, make: () => V): V {
  let value = values.get(part)
  if (value === undefined) {
    value = make()
    values.set(part, value)
  }
  return value
}

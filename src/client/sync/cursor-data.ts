import type { ChangeSet } from '@codemirror/state'

import type { ClientId } from '../../messages/ids.ts'
import type { Json, PartId } from '../../sync/change.ts'
import type { ViewChange } from '../../sync/client.ts'

/** Selections of one person beside the main one that are told: as many as a person follows. */
const MORE_SELECTIONS_MAX = 50

export interface SelectionRange {
  readonly anchor: number
  readonly head: number
}

/** Where a person is in a document: a part, the main selection, and the others. */
export interface CursorPlace extends SelectionRange {
  readonly part: PartId
  readonly more: readonly SelectionRange[]
}

/** A place as it crosses the wire, with what it takes to understand it. */
export interface CursorData extends CursorPlace {
  /** The version of the document that the person had then. */
  readonly v: number
  /** Which page of the project it is: its colour and its place in the bar of people. */
  readonly client: ClientId | undefined
}

export function cursorJson(place: CursorPlace, v: number, client: ClientId | undefined): Json {
  const { part, anchor, head } = place
  const more = place.more.slice(0, MORE_SELECTIONS_MAX).map((range) => [range.anchor, range.head])
  return {
    part,
    anchor,
    head,
    v,
    ...(more.length > 0 ? { more } : {}),
    ...(client === undefined ? {} : { client }),
  }
}

/** Undefined where it is no cursor: its author is nowhere. */
export function readCursor(data: Json): CursorData | undefined {
  if (typeof data !== 'object' || data === null || Array.isArray(data)) return undefined
  // The check above leaves an object; what its keys hold is looked at below.
  const { part, anchor, head, v, more, client } = data as { readonly [key: string]: Json }
  if (typeof part !== 'string' || !isOffset(anchor) || !isOffset(head)) return undefined
  return {
    part,
    anchor,
    head,
    more: Array.isArray(more) ? more.slice(0, MORE_SELECTIONS_MAX).flatMap(readRange) : [],
    v: isOffset(v) ? v : 0,
    // A number that is no client's finds nobody.
    client: typeof client === 'number' ? (client as ClientId) : undefined,
  }
}

/**
 * Where it is after a change. `side` 1: behind what is inserted at it, as its author's own typing; -1: before.
 * The same object where nothing moved.
 */
export function mapPlace<P extends CursorPlace>(
  place: P,
  change: Pick<ViewChange, 'texts'>,
  side: -1 | 1,
): P {
  let mapped = place
  for (const { part, changes } of change.texts) {
    if (part === place.part) mapped = mapRanges(mapped, changes, side)
  }
  return mapped
}

export function samePlace(a: CursorPlace | undefined, b: CursorPlace | undefined): boolean {
  if (!a || !b) return a === b
  return (
    a.part === b.part &&
    sameRange(a, b) &&
    a.more.length === b.more.length &&
    a.more.every((range, index) => sameRange(range, b.more[index]))
  )
}

function mapRanges<P extends CursorPlace>(place: P, changes: ChangeSet, side: -1 | 1): P {
  const mapped = {
    ...place,
    ...mapRange(place, changes, side),
    more: place.more.map((range) => mapRange(range, changes, side)),
  }
  return samePlace(place, mapped) ? place : mapped
}

/** As CodeMirror maps its own selection: one that holds text doesn't grow by what others insert at its ends. */
function mapRange({ anchor, head }: SelectionRange, changes: ChangeSet, side: -1 | 1) {
  const at = (offset: number, where: -1 | 1): number =>
    changes.mapPos(Math.min(offset, changes.length), where)
  if (side === 1 || anchor === head) return { anchor: at(anchor, side), head: at(head, side) }
  const start = at(Math.min(anchor, head), 1)
  const end = Math.max(start, at(Math.max(anchor, head), -1))
  return anchor < head ? { anchor: start, head: end } : { anchor: end, head: start }
}

function sameRange(a: SelectionRange, b: SelectionRange | undefined): boolean {
  return a.anchor === b?.anchor && a.head === b.head
}

function readRange(value: Json): SelectionRange[] {
  if (!Array.isArray(value)) return []
  const [anchor, head] = value as readonly Json[]
  return isOffset(anchor) && isOffset(head) ? [{ anchor, head }] : []
}

function isOffset(value: Json | undefined): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0
}

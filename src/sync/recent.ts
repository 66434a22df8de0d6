import { applyEdit } from './apply.ts'
import type { DocumentState } from './document-state.ts'
import { lengthOf } from './edit.ts'
import type { Edit } from './edit.ts'
import { RECENT_ITEMS_MAX, RECENT_LENGTH_MAX } from './limits.ts'
import type { Author, KeptItem, NumberedAuthor } from './messages.ts'

/** A version that came, as the client took it. */
export interface RecentItem {
  readonly term: number
  readonly author: Author | undefined
  readonly own: boolean
  readonly edit: Edit
}

/**
 * The last versions that a client took, and the document before them: for an owner that lost them, and to find out what
 * of them is this client's own. Versions v + 1, v + 2, ... follow `state`, which is version v.
 */
export interface Recent {
  v: number
  term: number
  state: DocumentState
  items: RecentItem[]
  /** About how many characters the items have. */
  length: number
}

export function newRecent(v: number, term: number, state: DocumentState): Recent {
  return { v, term, state, items: [], length: 0 }
}

/** One version more. Now and then, the older half is forgotten: a version is applied once more than it must. */
export function remember(recent: Recent, item: RecentItem): void {
  recent.items.push(item)
  recent.length += lengthOf(item.edit)
  if (!isOver(recent, 2)) return
  while (isOver(recent, 1)) forget(recent)
}

function isOver({ items, length }: Recent, times: number): boolean {
  return items.length > times * RECENT_ITEMS_MAX || length > times * RECENT_LENGTH_MAX
}

/** Goes back to version v: what came after it is forgotten. */
export function backTo(recent: Recent, v: number): Recent {
  const back = { ...recent, items: recent.items.slice(0, v - recent.v) }
  return { ...back, length: back.items.reduce((sum, item) => sum + lengthOf(item.edit), 0) }
}

export function stateAt(recent: Recent, v: number): DocumentState {
  return itemsUpTo(recent, v).reduce((state, item) => applyEdit(state, item.edit), recent.state)
}

/** Of a version from `recent.v` on. */
export function termOf(recent: Recent, v: number): number {
  return recent.items[v - recent.v - 1]?.term ?? recent.term
}

export function itemsAfter(recent: Recent, v: number): readonly RecentItem[] {
  return recent.items.slice(v - recent.v)
}

/** What came after version v, for an owner that lost it; none where this client has no such version. */
export function keptItems(
  recent: Recent,
  from: { readonly v: number; readonly term: number },
): { readonly authors: readonly NumberedAuthor[]; readonly items: readonly KeptItem[] } {
  const authors = new Map<string, NumberedAuthor>()
  const items: KeptItem[] = []
  if (from.v < recent.v || termOf(recent, from.v) !== from.term) return { authors: [], items }
  for (const { term, author, edit } of itemsAfter(recent, from.v)) {
    if (author === undefined) break
    const key = `${author.accountId} ${author.sid}`
    const known = authors.get(key) ?? { ...author, index: authors.size }
    authors.set(key, known)
    items.push({ term, by: known.index, edit })
  }
  return { authors: [...authors.values()], items }
}

function itemsUpTo(recent: Recent, v: number): readonly RecentItem[] {
  return recent.items.slice(0, Math.max(0, v - recent.v))
}

function forget(recent: Recent): void {
  const oldest = recent.items.shift()
  if (oldest === undefined) return
  recent.state = applyEdit(recent.state, oldest.edit)
  recent.length -= lengthOf(oldest.edit)
  recent.term = oldest.term
  recent.v++
}

import type { ClientId } from '../../messages/ids.ts'
import type { Person } from '../../messages/presence.ts'
import type { Json, PartId } from '../../sync/change.ts'
import type { ViewChange } from '../../sync/client.ts'
import type { Author } from '../../sync/messages.ts'
import { Value } from '../app/observable.ts'
import type { RemoteCursor } from './open-document.ts'

/** Where a person is, as it crosses the wire; null is nowhere. */
export interface CursorData {
  readonly part: PartId
  readonly anchor: number
  readonly head: number
  /** Which page of the project it is: its colour and its place in the bar of people. */
  readonly client: ClientId | undefined
}

/** The cursors of others, by session; positions follow the changes that are made. */
export class CursorBook {
  readonly cursors = new Value<readonly RemoteCursor[]>([])
  readonly #people: () => readonly Person[]
  #moves = 0

  constructor(people: () => readonly Person[]) {
    this.#people = people
  }

  /** Somebody is somewhere, or (null) nowhere any more. What is no cursor is nowhere. */
  told(author: Author, data: Json): void {
    const key = author.sid
    const rest = this.cursors.get().filter((cursor) => cursor.key !== key)
    const cursor = readCursor(data)
    if (!cursor) {
      if (rest.length !== this.cursors.get().length) this.cursors.set(rest)
      return
    }
    const person = this.#people().find(({ client }) => client === cursor.client)
    this.cursors.set([
      ...rest,
      {
        ...cursor,
        key,
        client: person?.client,
        name: author.name,
        color: person?.color ?? 0,
        moved: ++this.#moves,
      },
    ])
  }

  /** The cursors of its author stay behind what was inserted, those of others before it. */
  mapThrough(change: ViewChange): void {
    const present = this.cursors.get()
    if (present.length === 0 || change.texts.length === 0) return
    let changed = false
    const mapped = present.map((cursor) => {
      let { anchor, head } = cursor
      const side = cursor.key === change.by?.sid ? 1 : -1
      for (const { part, changes } of change.texts) {
        if (part !== cursor.part) continue
        anchor = changes.mapPos(Math.min(anchor, changes.length), side)
        head = changes.mapPos(Math.min(head, changes.length), side)
      }
      if (anchor === cursor.anchor && head === cursor.head) return cursor
      changed = true
      return { ...cursor, anchor, head }
    })
    if (changed) this.cursors.set(mapped)
  }

  clear(): void {
    this.cursors.set([])
  }
}

function readCursor(data: Json): CursorData | undefined {
  if (typeof data !== 'object' || data === null || Array.isArray(data)) return undefined
  // The check above leaves an object; what its keys hold is looked at below.
  const { part, anchor, head, client } = data as { readonly [key: string]: Json }
  if (typeof part !== 'string' || !isOffset(anchor) || !isOffset(head)) return undefined
  // A number that is no client's finds nobody.
  return {
    part,
    anchor,
    head,
    client: typeof client === 'number' ? (client as ClientId) : undefined,
  }
}

function isOffset(value: Json | undefined): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0
}

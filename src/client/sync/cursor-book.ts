import type { Person } from '../../messages/presence.ts'
import type { Json } from '../../sync/change.ts'
import type { ViewChange } from '../../sync/client.ts'
import type { Author } from '../../sync/messages.ts'
import { Value } from '../app/observable.ts'
import { mapPlace, readCursor } from './cursor-data.ts'
import type { CursorData } from './cursor-data.ts'
import type { RemoteCursor } from './open-document.ts'

/** Changes that a cursor may not have seen yet when it is told: a busy half second. */
const RECENT_CHANGES_MAX = 256

/** Who types is shown as moving, with their name, this often in milliseconds: the name stays for two seconds. */
const MOVED_EVERY_MS = 1000

/** A change that was made to the view when version `v` was known. */
interface Recent {
  readonly v: number
  readonly by: string | undefined
  readonly change: ViewChange
}

/** The cursors of others, by session; positions follow the changes that are made. */
export class CursorBook {
  readonly cursors = new Value<readonly RemoteCursor[]>([])
  readonly #people: () => readonly Person[]
  /** Who is in the document, with a cursor or not. */
  readonly #present = new Set<string>()
  #recent: Recent[] = []
  readonly #now: () => number
  /** When each was last shown as moving. */
  readonly #movedMs = new Map<string, number>()
  #moves = 0

  constructor(people: () => readonly Person[], now: () => number) {
    this.#people = people
    this.#now = now
  }

  /**
   * Somebody is somewhere, or (null) nowhere any more. What is no cursor is nowhere. Returns whether they are new here.
   */
  told(author: Author, data: Json): boolean {
    const key = author.sid
    const isNew = !this.#present.has(key)
    const rest = this.cursors.get().filter((cursor) => cursor.key !== key)
    const cursor = readCursor(data)
    if (cursor || isNew) this.#present.add(key)
    else this.#present.delete(key)
    if (!cursor) {
      this.#movedMs.delete(key)
      if (rest.length !== this.cursors.get().length) this.cursors.set(rest)
      return isNew
    }
    const person = this.#people().find(({ client }) => client === cursor.client)
    this.cursors.set([
      ...rest,
      {
        ...this.#asSeenHere(cursor, key),
        key,
        client: person?.client,
        name: author.name,
        color: person?.color ?? 0,
        moved: this.#move(key),
      },
    ])
    return isNew
  }

  /** The cursors of its author stay behind what was inserted, those of others before it. */
  mapThrough(change: ViewChange, v: number): void {
    if (change.texts.length === 0) return
    const by = change.by?.sid
    this.#recent.push({ v, by, change })
    if (this.#recent.length > 2 * RECENT_CHANGES_MAX)
      this.#recent = this.#recent.slice(-RECENT_CHANGES_MAX)
    const present = this.cursors.get()
    let changed = false
    const mapped = present.map((cursor) => {
      const isAuthor = cursor.key === by
      const moved = mapPlace(cursor, change, isAuthor ? 1 : -1)
      if (moved === cursor) return cursor
      changed = true
      const isShown = this.#now() - (this.#movedMs.get(cursor.key) ?? 0) < MOVED_EVERY_MS
      return isAuthor && !isShown ? { ...moved, moved: this.#move(cursor.key) } : moved
    })
    if (changed) this.cursors.set(mapped)
  }

  clear(): void {
    this.#movedMs.clear()
    this.#present.clear()
    this.#recent = []
    this.cursors.set([])
  }

  #move(key: string): number {
    this.#movedMs.set(key, this.#now())
    return ++this.#moves
  }

  /** Moved by what its author had not seen: changes of others after the version that it was told with. */
  #asSeenHere(cursor: CursorData, key: string): CursorData {
    return this.#recent
      .filter(({ v, by }) => v > cursor.v && by !== key)
      .reduce((place, { change }) => mapPlace(place, change, -1), cursor)
  }
}

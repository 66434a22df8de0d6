import type { NoticeHandlers } from '../handler.ts'
import type { presenceNoticesUp } from '../../messages/presence.ts'
import type { Person } from '../../messages/presence.ts'
import type { AccountId, ClientId } from '../../messages/ids.ts'
import { broadcast } from '../link/broadcast.ts'
import type { HubClient } from '../link/hub-client.ts'

/** Colours of the palette that `person` allows. */
const COLORS = 16

/** When many come at once (a class begins), all are told once instead of each of each. */
const TELL_AFTER_MS = 50

/**
 * Each person more is one more in the list, and one more who gets it: with 1000 a list of 130 kB goes 1000 times. So
 * many milliseconds for each of these entries keep it at 10 MB a second.
 */
const TELL_AFTER_MS_EACH = 0.013

/** Who has the project open, with which document, in which colour. */
export class Presence implements Disposable {
  readonly #clients = new Map<ClientId, HubClient>()
  /** Who does not know yet which of the list it is. */
  readonly #new = new Set<HubClient>()
  readonly #paths = new Map<ClientId, string>()
  readonly #colors = new Map<AccountId, number>()
  #timer: NodeJS.Timeout | undefined

  readonly noticeHandlers: NoticeHandlers<keyof typeof presenceNoticesUp> = {
    set_presence: ({ path }, client) => {
      if (path === undefined) this.#paths.delete(client.id)
      else this.#paths.set(client.id, path)
      this.changed()
    },
  }

  join(client: HubClient): void {
    if (client.hidden) return
    this.#clients.set(client.id, client)
    this.#new.add(client)
    if (!this.#colors.has(client.accountId)) {
      this.#colors.set(client.accountId, this.#freeColor())
    }
    this.changed()
  }

  leave(client: HubClient): void {
    this.#paths.delete(client.id)
    this.#new.delete(client)
    if (!this.#clients.delete(client.id)) return
    const others = [...this.#clients.values()]
    if (!others.some((other) => other.accountId === client.accountId)) {
      this.#colors.delete(client.accountId)
    }
    this.changed()
  }

  /** Tells everybody in a moment. */
  changed(): void {
    const entries = this.#clients.size ** 2
    const pause = Math.max(TELL_AFTER_MS, entries * TELL_AFTER_MS_EACH)
    this.#timer ??= setTimeout(() => this.#tell(), pause)
  }

  /** The same for all tabs of a person, in every document. */
  colorOf(accountId: AccountId): number {
    return this.#colors.get(accountId) ?? 0
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer)
  }

  #tell(): void {
    this.#timer = undefined
    const clients = [...this.#clients.values()]
    const people = clients.map((client) => this.#person(client))
    for (const client of this.#new) client.notify('people_present', { self: client.id, people })
    const others = clients.filter((client) => !this.#new.has(client))
    this.#new.clear()
    broadcast.notify(others, 'people_present', { people })
  }

  #person(client: HubClient): Person {
    const { id, accountId, name, role } = client
    const path = this.#paths.get(id)
    const person = { client: id, accountId, name, role, color: this.colorOf(accountId) }
    return path === undefined ? person : { ...person, path }
  }

  /** The least used colour: sixteen people differ, the seventeenth shares. */
  #freeColor(): number {
    const uses = Array.from({ length: COLORS }, () => 0)
    for (const color of this.#colors.values()) uses[color] = (uses[color] ?? 0) + 1
    return uses.indexOf(Math.min(...uses))
  }
}

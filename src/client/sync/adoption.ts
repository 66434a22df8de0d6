import { createClient } from '../../sync/client.ts'
import type { Client } from '../../sync/client.ts'
import { importUnsent } from '../../sync/client-local.ts'
import type { KeptTexts } from './kept-texts.ts'
import type { Orphan, UnsentKeeper } from './unsent-keeper.ts'
import { textOfUnsent } from './unsent-steps.ts'
import { within } from './within.ts'

/** A browser that takes longer than this to read, in milliseconds, has kept nothing. */
const READ_DEADLINE_MS = 3000

/** What a session goes on as: a client of its own, or one that a closed tab has left. */
export interface NextClient {
  readonly client: Client
  /** How many changes it brings; 0 for one of its own. */
  readonly changes: number
}

/** Unsent changes that closed tabs have left: resumed one after another before the session joins as itself. */
export class Adoption {
  readonly #keeper: UnsentKeeper
  readonly #keptTexts: KeptTexts
  readonly #newClient: () => Client
  #orphans: Orphan[] = []

  constructor(keeper: UnsentKeeper, keptTexts: KeptTexts, newClient: () => Client) {
    this.#keeper = keeper
    this.#keptTexts = keptTexts
    this.#newClient = newClient
  }

  get isOver(): boolean {
    return this.#orphans.length === 0
  }

  /** Finds them, and gives the first. A browser that keeps nothing is no reason not to open: false is told then. */
  async begin(): Promise<NextClient & { readonly reads: boolean }> {
    let reads = true
    try {
      await within(this.#keptTexts.load(), READ_DEADLINE_MS, 'IndexedDB')
      this.#orphans = [...(await this.#keeper.adopt())]
    } catch (error) {
      console.warn('this browser keeps nothing', error)
      reads = false
    }
    return { ...(await this.next()), reads }
  }

  /** The next that can be read, or else the session's own. Its unsent changes are kept from now on. */
  async next(): Promise<NextClient> {
    for (let orphan = this.#orphans.shift(); orphan; orphan = this.#orphans.shift()) {
      const client = createClient(orphan.state.sid)
      try {
        importUnsent(client, orphan.state)
      } catch (error) {
        console.error('unsent changes of a closed tab can not be read', error)
        await this.#keptTexts.keep({
          reason: 'Changes of a closed tab could not be added.',
          text: textOfUnsent(orphan.state),
        })
        await this.#keeper.forget(orphan.state.sid)
        continue
      }
      await this.#keeper.follow(client, true)
      return { client, changes: client.restored ? orphan.changes : 0 }
    }
    const client = this.#newClient()
    await this.#keeper.follow(client, false)
    return { client, changes: 0 }
  }
}

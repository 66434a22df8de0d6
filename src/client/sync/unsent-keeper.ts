import { pendingCount } from '../../sync/client.ts'
import type { Client, UnsentState } from '../../sync/client.ts'
import { exportUnsent } from '../../sync/client-local.ts'
import type { SessionLocks } from './session-locks.ts'
import type { UnsentStore } from './unsent-store.ts'

/** After a change it is kept within this time, in milliseconds: about a frame, so that a burst is written once. */
const KEEP_MS = 16

/**
 * Keeps the unsent changes of one document in the browser, and finds those that closed tabs have left. A session's
 * record is there exactly while it has something unsent; its lock is held while its tab lives.
 */
export class UnsentKeeper {
  readonly #store: UnsentStore
  readonly #locks: SessionLocks
  readonly #document: string
  readonly #now: () => number
  readonly #releases: (() => void)[] = []
  #timer: ReturnType<typeof setTimeout> | undefined
  #kept = false
  #client: Client | undefined
  /** Writes happen one after another, so that an older state never replaces a newer one. */
  #writing: Promise<void> = Promise.resolve()

  constructor(options: {
    readonly store: UnsentStore
    readonly locks: SessionLocks
    readonly document: string
    readonly now: () => number
  }) {
    this.#store = options.store
    this.#locks = options.locks
    this.#document = options.document
    this.#now = options.now
  }

  /** What tabs that are gone have left, oldest first; from now on it is this tab's. */
  async adopt(): Promise<readonly UnsentState[]> {
    const records = [...(await this.#store.ofDocument(this.#document))]
    const adopted: UnsentState[] = []
    for (const record of records.sort((a, b) => a.savedMs - b.savedMs)) {
      const release = await this.#locks.take(record.sid)
      if (!release) continue
      this.#releases.push(release)
      adopted.push(record.state)
    }
    return adopted
  }

  /** From now on this client's unsent changes are kept. `alreadyKept`: its record is there. */
  async follow(client: Client, alreadyKept: boolean): Promise<void> {
    if (!alreadyKept) {
      const release = await this.#locks.take(client.sid)
      if (release) this.#releases.push(release)
    }
    this.#client = client
    this.#kept = alreadyKept
  }

  /** Something was typed, or acknowledged. */
  changed(): void {
    this.#timer ??= setTimeout(() => {
      this.keepNow().catch((error: unknown) => console.error('unsent changes are not kept', error))
    }, KEEP_MS)
  }

  /** Resolves when what is unsent now is kept. */
  keepNow(): Promise<void> {
    clearTimeout(this.#timer)
    this.#timer = undefined
    const client = this.#client
    if (!client) return this.#writing
    const pending = pendingCount(client) > 0
    if (!pending && !this.#kept) return this.#writing
    this.#kept = pending
    const write = pending
      ? this.#put(client)
      : this.#writing.then(() => this.#store.remove(client.sid))
    // The next write goes on after a failed one, which is told to whoever asked for it.
    this.#writing = write.catch(() => undefined)
    return write
  }

  close(): void {
    clearTimeout(this.#timer)
    for (const release of this.#releases) release()
  }

  #put(client: Client): Promise<void> {
    const record = {
      sid: client.sid,
      document: this.#document,
      savedMs: this.#now(),
      state: exportUnsent(client),
    }
    return this.#writing.then(() => this.#store.put(record))
  }
}

/** The typed text of unsent changes, for a person to read where nothing can be merged. */
export function textOfUnsent(state: UnsentState): string {
  const pieces: string[] = []
  for (const op of [...state.stack, state.buffer].flat()) {
    if (op[0] !== 't') continue
    for (const section of op[2]) {
      if (typeof section !== 'number') pieces.push(section.slice(1).join('\n'))
    }
  }
  return pieces.join('')
}

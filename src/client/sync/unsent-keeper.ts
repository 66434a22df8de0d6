import { pendingCount } from '../../sync/client.ts'
import type { Client, UnsentState } from '../../sync/client.ts'
import { exportUnsent } from '../../sync/client-local.ts'
import type { DocumentState } from '../../sync/document-state.ts'
import type { Edit } from '../../sync/edit.ts'
import { Value } from '../app/observable.ts'
import type { SessionLocks } from './session-locks.ts'
import { unsentStep, withSteps } from './unsent-steps.ts'
import type { KeptUnsent, UnsentStore } from './unsent-store.ts'
import { within } from './within.ts'

/** After a change it is kept within this time, in milliseconds: about a frame, so that a burst is written once. */
const KEEP_MS = 16
/** What is on its way to the server is kept within this time: mostly it is acknowledged before. */
const KEEP_SENT_MS = 50
/** Steps after which all is written anew: reading them back stays quick, and writing all stays rare. */
const STEPS_MAX = 500
/** A write of all is followed by a pause this many times as long, so that a large paste doesn't fill the disk's time. */
const REST_FACTOR = 10
/** And at most so long, in milliseconds. */
const REST_MAX_MS = 2000
/** A browser that takes longer than this to write, in milliseconds, keeps nothing. */
const WRITE_DEADLINE_MS = 10_000
/** A browser that takes longer than this to read, in milliseconds, has kept nothing. */
const READ_DEADLINE_MS = 3000
/** That all is kept is told when nothing was typed for so long, in milliseconds: not after each key anew. */
const CALM_MS = 250

/** What a closed tab has left. */
export interface Orphan {
  readonly state: UnsentState
  readonly changes: number
}

export interface KeeperOptions {
  readonly store: UnsentStore
  readonly locks: SessionLocks
  readonly document: string
  readonly now: () => number
  /** How many changes a person would call what is unsent. */
  readonly changes: () => number
}

/**
 * Keeps the unsent changes of one document in the browser, and finds those that closed tabs have left. A session's
 * record is there exactly while it has something unsent; its lock is held while its tab lives. What is typed is added
 * to the record as steps; only what maps or drops unsent changes writes all of them anew.
 */
export class UnsentKeeper {
  /** Whether what was to be kept is kept. */
  readonly works = new Value(true)
  /** Whether all that this person did is kept; told late, and taken back with the next change. */
  readonly keepsAll = new Value(true)
  readonly #options: KeeperOptions
  readonly #releases: (() => void)[] = []
  #timer: ReturnType<typeof setTimeout> | undefined
  #calm: ReturnType<typeof setTimeout> | undefined
  #client: Client | undefined
  /** There may be a record. */
  #kept = false
  /** The record is not what `#steps` follow on. */
  #stale = true
  /** What was done since the last write; null: sealed. */
  #steps: ({ readonly edit: Edit; readonly before: DocumentState } | null)[] = []
  #stepCount = 0
  #seq = 0
  #restUntilMs = 0
  /** Writes happen one after another, so that an older state never replaces a newer one. */
  #writing: Promise<void> = Promise.resolve()
  #isWriting = false
  #isLeaving = false

  constructor(options: KeeperOptions) {
    this.#options = options
  }

  /** What tabs that are gone have left, oldest first; from now on it is this tab's. */
  async adopt(): Promise<readonly Orphan[]> {
    const found = await this.#records()
    if (found.length === 0) return []
    const { take } = this.#options.locks
    const taken = new Set<string>()
    await Promise.all(
      found.map(async ({ sid }) => {
        const release = await take(sid)
        if (!release) return
        this.#releases.push(release)
        taken.add(sid)
      }),
    )
    // A tab that was just being closed has written its last meanwhile.
    const records = taken.size === 0 ? [] : await this.#records()
    return records
      .filter(({ sid }) => taken.has(sid))
      .toSorted((a, b) => a.savedMs - b.savedMs)
      .map(({ state, steps, changes }) => ({ state: withSteps(state, steps), changes }))
  }

  #records(): Promise<readonly KeptUnsent[]> {
    const { store, document } = this.#options
    return within(store.ofDocument(document), READ_DEADLINE_MS, 'IndexedDB')
  }

  /** From now on this client's unsent changes are kept. `alreadyKept`: its record is there. */
  async follow(client: Client, alreadyKept: boolean): Promise<void> {
    this.#client = client
    this.#kept = alreadyKept
    this.#stale = true
    this.#steps = []
    if (alreadyKept) return
    const release = await this.#options.locks.take(client.sid)
    if (release) this.#releases.push(release)
  }

  /** This was typed, as the newest of the buffer, in this document. `changed` follows. */
  typed(edit: Edit, before: DocumentState): void {
    // What is typed while a repair is under way is part of it.
    if (this.#client?.repair) this.#stale = true
    if (!this.#stale) this.#steps.push({ edit, before })
  }

  /** Something was typed, and sent if it could be. */
  changed(): void {
    clearTimeout(this.#calm)
    this.#calm = undefined
    this.keepsAll.set(false)
    this.#soon()
  }

  /** The buffer was sealed. */
  sealed(): void {
    if (!this.#stale) this.#steps.push(null)
  }

  /** Something was acknowledged: the record with its steps still holds, and is not needed when nothing is unsent. */
  acknowledged(): void {
    if (this.#isDue()) this.#soon()
  }

  /** What is unsent is no longer the record with its steps. */
  moved(): void {
    this.#stale = true
    this.#steps = []
    if (this.#isDue()) this.#soon()
  }

  /** Drops what a closed tab has left. */
  forget(sid: string): Promise<void> {
    return this.#write(() => this.#options.store.remove(sid))
  }

  /** What comes next is written when this is done. */
  after(done: Promise<void>): void {
    const before = this.#writing
    this.#writing = Promise.all([before, done]).then(
      () => undefined,
      () => undefined,
    )
  }

  /**
   * The page is about to end. What is unsent is asked to be kept at once, not when an earlier write is done, of which
   * this page may not hear any more.
   */
  leave(): void {
    this.#isLeaving = true
    this.#keep()
    this.#isLeaving = false
  }

  /** Resolves when what is unsent now is kept. */
  keepNow(): Promise<void> {
    clearTimeout(this.#timer)
    this.#timer = undefined
    const client = this.#client
    if (!client) return this.#writing
    if (pendingCount(client) === 0) return this.#removeRecord(client)
    const tooMany = this.#stepCount + this.#steps.length > STEPS_MAX
    if (this.#stale || !this.#kept || tooMany) return this.#putAll(client)
    if (this.#steps.length === 0) return this.#writing
    const steps = this.#steps.map((step) => step && unsentStep(step.edit, step.before))
    const seq = ++this.#seq
    const { store, changes } = this.#options
    this.#steps = []
    this.#stepCount += steps.length
    return this.#write(() => store.append({ sid: client.sid, seq, changes: changes(), steps }))
  }

  close(): void {
    clearTimeout(this.#timer)
    clearTimeout(this.#calm)
    for (const release of this.#releases) release()
  }

  #soon(): void {
    if (this.#timer !== undefined || this.#isWriting) return
    const rest = this.#stale ? this.#restUntilMs - this.#options.now() : 0
    const client = this.#client
    const isSent = client?.phase === 'live' && client.buffer.length === 0
    this.#timer = setTimeout(() => this.#keep(), Math.max(isSent ? KEEP_SENT_MS : KEEP_MS, rest))
  }

  #keep(): void {
    this.keepNow()
      .catch((error: unknown) => console.error('unsent changes are not kept', error))
      .finally(() => this.#calmSoon())
  }

  #calmSoon(): void {
    if (this.keepsAll.get() || !this.works.get()) return
    if (this.#client && pendingCount(this.#client) > 0) {
      this.#calm ??= setTimeout(() => this.#isCalm(), CALM_MS)
      return
    }
    clearTimeout(this.#calm)
    this.#calm = undefined
    this.keepsAll.set(true)
  }

  #isCalm(): void {
    this.#calm = undefined
    const isWaiting = this.#isWriting || this.#timer !== undefined || this.#steps.length > 0
    if (!isWaiting && !this.#isDue() && this.works.get()) this.keepsAll.set(true)
  }

  #removeRecord(client: Client): Promise<void> {
    this.#stale = true
    this.#steps = []
    if (!this.#kept) return this.#writing
    this.#kept = false
    return this.#write(() => this.#options.store.remove(client.sid))
  }

  #putAll(client: Client): Promise<void> {
    const { store, document, now, changes } = this.#options
    const beganMs = now()
    const state = exportUnsent(client)
    const record = { sid: client.sid, document, savedMs: beganMs, changes: changes(), state }
    this.#kept = true
    this.#stale = false
    this.#steps = []
    this.#stepCount = 0
    return this.#write(async () => {
      await store.put(record)
      const tookMs = now() - beganMs
      this.#restUntilMs = now() + Math.min(REST_MAX_MS, REST_FACTOR * tookMs)
    })
  }

  #write(action: () => Promise<void>): Promise<void> {
    this.#isWriting = true
    const before = this.#isLeaving ? Promise.resolve() : this.#writing
    const write = before.then(() => within(action(), WRITE_DEADLINE_MS, 'IndexedDB'))
    // The next write goes on after a failed one, which is told to whoever asked for it.
    const written = write.then(
      () => this.works.set(true),
      () => {
        this.#stale = true
        this.#kept = true
        this.works.set(false)
      },
    )
    this.#writing = written
    void written.then(() => {
      if (this.#writing !== written) return
      this.#isWriting = false
      // After a failure the next change tries again.
      if (this.works.get() && (this.#steps.length > 0 || this.#isDue())) this.#soon()
      else this.#calmSoon()
    })
    return write
  }

  /** The record is not what it should be. */
  #isDue(): boolean {
    const client = this.#client
    if (!client) return false
    return pendingCount(client) > 0 ? this.#stale : this.#kept
  }
}

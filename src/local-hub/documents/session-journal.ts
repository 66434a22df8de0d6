import { codeOf } from '../../util/coded-error.ts'
import { takeTurn } from '../../sync/outbox.ts'
import type { Owner, Send } from '../../sync/owner.ts'
import { saveFailure } from './disk-file.ts'
import type { AnyRecord, DocumentJournal } from './document-journal.ts'

export interface SessionJournalOptions {
  readonly owner: Owner
  readonly journal: DocumentJournal
  /** What is on the disk, for the beginning of a segment. */
  readonly saved: () => AnyRecord
  readonly send: (to: readonly string[], payload: Uint8Array) => void
  /** The journal could not be written: it is tried again with the next turn. */
  readonly onFailed: (message: string) => void
}

/**
 * The turns of a document: all that happens in one turn of the event loop is one record of the journal and one message
 * for all.
 *
 * (I1) Nothing of a turn is sent before its records are in the journal's file; where they can't be written, the
 *      turn waits, and its clients keep what they typed.
 */
export class SessionJournal {
  readonly #options: SessionJournalOptions
  #heldSends: Send[] = []
  #written: (() => void)[] = []
  #turnIsDue = false
  #closed = false

  constructor(options: SessionJournalOptions) {
    this.#options = options
  }

  get full(): boolean {
    return this.#options.journal.full
  }

  endTurnSoon(): void {
    if (this.#turnIsDue) return
    this.#turnIsDue = true
    setImmediate(() => {
      if (!this.#closed) this.endTurn()
    })
  }

  endTurn(): void {
    const { owner, journal } = this.#options
    this.#turnIsDue = false
    const { records, sends } = takeTurn(owner)
    this.#heldSends.push(...sends)
    const journaled = this.#try(() => {
      if (journal.begun) journal.append(records)
      else if (records.length > 0) this.#begin()
    })
    if (!journaled) return
    const ready = this.#heldSends
    this.#heldSends = []
    for (const { to, bytes } of ready) this.#options.send(to, bytes)
    for (const resolve of this.#written.splice(0)) resolve()
  }

  /** Resolved when what happened until now is in the journal. */
  written(): Promise<void> {
    return new Promise((resolve) => {
      this.#written.push(resolve)
      this.endTurnSoon()
    })
  }

  /** After the items that it speaks of. */
  record(record: AnyRecord): void {
    this.endTurn()
    const { journal } = this.#options
    if (journal.begun) this.#try(() => journal.append([record]))
  }

  /** Begins a journal where there is none, so that what is there now can be told from what comes. */
  beginFirst(): void {
    if (!this.#options.journal.begun) this.#try(() => this.#begin())
  }

  /** Closes a segment that is long enough. Only while the disk has what the document says. */
  rotate(): void {
    if (this.#options.journal.longEnough) this.#try(() => this.#begin())
  }

  async close(): Promise<void> {
    this.#closed = true
    this.endTurn()
    await this.#options.journal.close()
  }

  #begin(): void {
    const { owner, journal, saved } = this.#options
    journal.beginSegment(owner, saved(), Date.now())
  }

  /** False where it could not be written. */
  #try(write: () => void): boolean {
    try {
      write()
      return true
    } catch (error) {
      if (codeOf(error) === undefined) throw error
      this.#options.onFailed(saveFailure(error).message)
      return false
    }
  }
}

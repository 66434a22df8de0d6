import type { DocumentDurability } from '../../messages/documents.ts'
import type { SavedRecord } from '../../sync/journal-record.ts'
import { takeTurn } from '../../sync/outbox.ts'
import type { Divergence, Owner, Send } from '../../sync/owner.ts'
import { codeOf } from '../../util/coded-error.ts'
import { saveFailure } from './disk-file.ts'
import type { DocumentJournal } from './document-journal.ts'
import type { AnyRecord, BaseRecord } from './journal-records.ts'
import { TurnPace } from './turn-pace.ts'

/** A segment waits so many times its length for a moment when the disk has what the document says. */
const OVERDUE_LENGTH = 2

export interface SessionJournalOptions {
  readonly owner: Owner
  readonly journal: DocumentJournal
  readonly durability: DocumentDurability
  /** What is on the disk, for the beginning of a segment. */
  readonly saved: () => SavedRecord | BaseRecord
  readonly send: (send: Send) => void
  /** The journal could not be written: call `endTurn` in a while, which tries it again. */
  readonly onFailed: (message: string) => void
  /** A turn has ended; what it made is sent, or held. */
  readonly onTurn: () => void
  /** A client had another text: to be logged. */
  readonly onDiverged: (divergence: Divergence) => void
  /** A segment was closed. */
  readonly onRotated?: () => void
  /** Runs a turn that nobody waits for, to know what it takes. */
  readonly measure?: (turn: () => void) => void
}

/** What a turn made, which waits for its records. */
interface HeldTurn {
  readonly sends: readonly Send[]
  /** Who waits for the turn to be kept. */
  readonly kept: readonly (() => void)[]
}

/**
 * The turns of a document: all that happens in one turn of the event loop is one record of the journal and one message
 * for all.
 *
 *     turn ──> held ──written──┬── `process` ──────────────────────> sent
 *               ^              └── `power` ──> unflushed ──flushed──> sent
 *               └── could not be written; its flush failed (a new segment is begun) ──┘
 *
 * (I1) Nothing of a turn is sent before its records are in the journal's file, and with `power` on the disk; where that
 *      can't be, the turn waits, and its clients keep what they typed.
 * (I2) Turns are sent in their order.
 * (I3) With `power` the file never says what the journal has not on the disk.
 */
export class SessionJournal {
  readonly #options: SessionJournalOptions
  #held: HeldTurn[] = []
  #unflushed: HeldTurn[] = []
  #waiting: (() => void)[] = []
  readonly #pace = new TurnPace(() => {
    const { measure } = this.#options
    if (measure) measure(() => this.endTurn())
    else this.endTurn()
  })
  #flushing = false

  constructor(options: SessionJournalOptions) {
    this.#options = options
  }

  get full(): boolean {
    return this.#options.journal.full
  }

  /** Something of an earlier turn is not written yet. */
  get waits(): boolean {
    return this.#held.length > 0
  }

  /** At once, or with what comes until it is time. */
  endTurnSoon(): void {
    this.#pace.soon()
  }

  endTurn(): void {
    const { owner, journal, durability } = this.#options
    const { records, sends, divergences } = takeTurn(owner, { holdPresence: true })
    for (const divergence of divergences) this.#options.onDiverged(divergence)
    this.#pace.ended(mostReceivers(sends))
    const isFirst = this.#held.length === 0
    // Presence, and answers to who joins: there is nothing to write.
    const isKept = isFirst && records.length === 0 && !this.#flushing
    this.#held.push({ sends, kept: this.#waiting.splice(0) })
    const isWritten = this.#try(() => {
      journal.append(records)
      if (!journal.begun && (journal.failed || !isFirst || records.length > 0)) this.#begin()
    })
    this.#options.onTurn()
    if (!isWritten) return
    const turns = this.#held
    this.#held = []
    if (durability === 'process' || isKept) this.#release(turns)
    else {
      this.#unflushed.push(...turns)
      void this.#flushTurns()
    }
    if (journal.length >= OVERDUE_LENGTH) this.rotate()
  }

  /** Resolved when what happened until now is kept. */
  written(): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting.push(resolve)
      this.endTurnSoon()
    })
  }

  /** After the items that it speaks of. */
  record(record: AnyRecord): void {
    this.endTurn()
    const { journal } = this.#options
    if (journal.begun) this.#try(() => journal.append([record]))
  }

  /**
   * The same before the file is written: with `power` it waits for the disk. A file that says more than the journal does
   * after a power failure would be another program's change, and what pages then send again would be there twice.
   */
  async recordSaving(record: AnyRecord): Promise<void> {
    this.record(record)
    const { journal, durability } = this.#options
    if (durability === 'power') await journal.durable()
  }

  /** Begins a journal where there is none, so that what is there now can be told from what comes. */
  beginFirst(): void {
    if (!this.#options.journal.begun) this.#try(() => this.#begin())
  }

  /** Closes a segment that is long enough. Best while the disk has what the document says. */
  rotate(): void {
    if (this.#options.journal.length < 1) return
    if (this.#try(() => this.#begin())) this.#options.onRotated?.()
  }

  /** What was written may be lost: a new segment is begun with the next turn. */
  flushFailed(error: unknown): void {
    this.#options.onFailed(saveFailure(error).message)
  }

  async close(): Promise<void> {
    this.endTurn()
    this.#pace.stop()
    await this.#options.journal.close()
  }

  #begin(): void {
    const { owner, journal, saved } = this.#options
    journal.beginSegment(owner, saved(), Date.now())
  }

  /** One flush for all turns that wait; those that come meanwhile have the next. */
  async #flushTurns(): Promise<void> {
    if (this.#flushing) return
    this.#flushing = true
    try {
      while (this.#unflushed.length > 0) {
        const turns = this.#unflushed
        this.#unflushed = []
        try {
          await this.#options.journal.durable()
        } catch {
          // The journal's folder told `flushFailed`. What was written since is in doubt as well.
          this.#held.unshift(...turns, ...this.#unflushed)
          this.#unflushed = []
          return
        }
        this.#release(turns)
      }
    } finally {
      this.#flushing = false
    }
  }

  #release(turns: readonly HeldTurn[]): void {
    for (const { sends, kept } of turns) {
      for (const send of sends) this.#options.send(send)
      for (const resolve of kept) resolve()
    }
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

/** To how many the message goes that goes to most. */
function mostReceivers(sends: readonly Send[]): number {
  return sends.reduce((most, { to }) => Math.max(most, to.length), 0)
}

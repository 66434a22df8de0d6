import type { BusSubject } from './bus.ts'

/** What was sent within so long before a line was lost may not have gone beyond its server. */
const DOUBTFUL_MS = 5_000

/** Subjects that are kept in mind; with more, everybody is told to read everything anew. */
const SUBJECTS_MAX = 10_000

/** What this hub has published and the others may not have got: only on which subjects. */
export class Published {
  readonly #now: () => number
  /** When each was published last, oldest first. */
  readonly #subjects = new Map<BusSubject, number>()
  #tooMany = false

  constructor(now: () => number) {
    this.#now = now
  }

  /** `sent`: whether a server has got it; then it stops being doubtful after a while. */
  note(subject: BusSubject, sent: boolean): void {
    this.#subjects.delete(subject)
    this.#subjects.set(subject, sent ? this.#now() : Number.POSITIVE_INFINITY)
    if (sent) this.#forgetOld()
    if (this.#subjects.size > SUBJECTS_MAX) {
      this.#tooMany = true
      this.#subjects.clear()
    }
  }

  /** The line was lost: from now on nothing that is doubtful ceases to be by time. */
  hold(): void {
    this.#forgetOld()
    for (const subject of this.#subjects.keys()) {
      this.#subjects.set(subject, Number.POSITIVE_INFINITY)
    }
  }

  /** Answers, and forgets, where something may be missing: subjects, or all of them. */
  take(): readonly BusSubject[] | 'all' {
    const subjects = this.#tooMany ? 'all' : [...this.#subjects.keys()]
    this.#tooMany = false
    this.#subjects.clear()
    return subjects
  }

  #forgetOld(): void {
    const before = this.#now() - DOUBTFUL_MS
    for (const [subject, atMs] of this.#subjects) {
      if (atMs > before) break
      this.#subjects.delete(subject)
    }
  }
}

import type { ErrorCode } from '../../messages/errors.ts'
import { CodedError } from '../../util/coded-error.ts'
import type { DocumentPlace } from './worker-protocol.ts'

/** A document whose thread ended so often within CRASH_WINDOW_MS is not opened for a while. */
const CRASHES_MAX = 3
const CRASH_WINDOW_MS = 60_000

/**
 * Which documents were open in threads that ended. One of them may be the reason: each is opened apart from the
 * others for a while, so that only the guilty one comes here again, and after CRASHES_MAX times it waits.
 */
export class CrashBook {
  readonly #times = new Map<string, number[]>()
  readonly #now: () => number

  constructor(now: () => number = () => performance.now()) {
    this.#now = now
  }

  crashed(absolute: string): void {
    this.#times.set(absolute, [...this.#recent(absolute), this.#now()])
  }

  /** It is opened in a thread of its own. */
  isSuspect(absolute: string): boolean {
    return this.#recent(absolute).length > 0
  }

  /** @throws CodedError `internal` where it may not be opened now */
  check({ absolute, path }: Pick<DocumentPlace, 'absolute' | 'path'>): void {
    const waitMs = this.waitMs(absolute)
    if (waitMs <= 0) return
    const seconds = Math.ceil(waitMs / 1000)
    const message = `"${path}" ended the program that keeps it again and again; it can be opened in ${seconds} s. Its text is on the disk and in its journal.`
    throw new CodedError<ErrorCode>('internal', message)
  }

  /** Milliseconds until it may be opened, or 0. */
  waitMs(absolute: string): number {
    const [first, ...rest] = this.#recent(absolute).slice(-CRASHES_MAX)
    if (first === undefined || rest.length < CRASHES_MAX - 1) return 0
    return first + CRASH_WINDOW_MS - this.#now()
  }

  #recent(absolute: string): readonly number[] {
    const since = this.#now() - CRASH_WINDOW_MS
    const recent = (this.#times.get(absolute) ?? []).filter((time) => time > since)
    if (recent.length === 0) this.#times.delete(absolute)
    return recent
  }
}

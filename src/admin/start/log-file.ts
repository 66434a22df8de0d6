import { closeSync, fstatSync, openSync, renameSync, writeSync } from 'node:fs'

/** A log is put aside at this size, once: two files of each process are enough to look back. */
const LOG_BYTES_MAX = 20 * 1024 * 1024

/** Appends lines to a file that never grows beyond its limit: the older half is `<file>.1`. */
export class LogFile implements Disposable {
  readonly #path: string
  #descriptor: number
  #sizeBytes: number
  #closed = false

  constructor(path: string) {
    this.#path = path
    this.#descriptor = openSync(path, 'a', 0o600)
    this.#sizeBytes = fstatSync(this.#descriptor).size
  }

  /** What comes after closing, from the pipes of a process that has ended, is dropped. */
  append(line: string): void {
    if (this.#closed) return
    if (this.#sizeBytes > LOG_BYTES_MAX) this.#rotate()
    this.#sizeBytes += writeSync(this.#descriptor, `${line}\n`)
  }

  [Symbol.dispose](): void {
    if (this.#closed) return
    this.#closed = true
    closeSync(this.#descriptor)
  }

  #rotate(): void {
    closeSync(this.#descriptor)
    renameSync(this.#path, `${this.#path}.1`)
    this.#descriptor = openSync(this.#path, 'a', 0o600)
    this.#sizeBytes = 0
  }
}

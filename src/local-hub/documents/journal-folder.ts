import {
  closeSync,
  fstatSync,
  fsync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'

import type { Json } from '../../sync/change.ts'
import { codeOf } from '../../util/coded-error.ts'
import { decodeRecords, encodeRecord } from './journal-frames.ts'
import type { JournalSink } from './journal-sink.ts'

const SEGMENT_NAME = /^(\d{12})\.journal$/
const VERSION_DIGITS = 12

/** The power may fail this long after a change was acknowledged and take it along, in milliseconds. */
const FLUSH_MS = 100

/** Segments that are read at opening: a client that was away resumes from any version in them. */
const SEGMENTS_RESUMED = 3

/** People's texts: nobody else's to read. */
const FOLDER_MODE = 0o700
const FILE_MODE = 0o600

/**
 * The journal of a document in a folder of its own: a file for each segment, named by the version that it begins
 * with. Written with calls that block, because this thread has nothing to do until the records are in the file.
 */
export class JournalFolder implements JournalSink {
  #folder: string
  #fd: number | undefined
  #bytes = 0
  #timer: NodeJS.Timeout | undefined
  readonly #onFlushError: (error: unknown) => void

  /** Nothing is made until the first record. */
  constructor(folder: string, onFlushError: (error: unknown) => void) {
    this.#folder = folder
    this.#onFlushError = onFlushError
  }

  get segmentBytes(): number {
    return this.#bytes
  }

  /**
   * The records of the newest segments, and none where there is no such: those before it are for clients that were
   * away. What is torn at the end is cut off, and appending goes on there.
   */
  resume(): Json[] {
    const names = segmentNames(this.#folder).reverse()
    for (const [index, name] of names.entries()) {
      const file = join(this.#folder, name)
      const { records, wholeBytes } = decodeRecords(readFileSync(file))
      if (records.length === 0) continue
      this.#fd = openSync(file, 'r+')
      if (fstatSync(this.#fd).size > wholeBytes) ftruncateSync(this.#fd, wholeBytes)
      this.#bytes = wholeBytes
      const earlier = names.slice(index + 1, index + SEGMENTS_RESUMED).reverse()
      return [...earlier.flatMap((each) => this.#read(each)), ...records]
    }
    return []
  }

  #read(name: string): Json[] {
    return decodeRecords(readFileSync(join(this.#folder, name))).records
  }

  append(records: readonly Json[]): void {
    if (this.#fd === undefined) throw new Error('bug: no segment was begun')
    this.#write(this.#fd, this.#bytes, records)
    this.#flushSoon()
  }

  beginSegment(firstVersion: number, records: readonly Json[]): void {
    mkdirSync(this.#folder, { recursive: true, mode: FOLDER_MODE })
    const name = `${String(firstVersion).padStart(VERSION_DIGITS, '0')}.journal`
    const beside = join(this.#folder, `${name}.new`)
    // Beside and then renamed: a segment that is there begins whole. One that the power took is empty, and skipped.
    const fd = openSync(beside, 'w', FILE_MODE)
    const before = { fd: this.#fd, bytes: this.#bytes }
    try {
      this.#write(fd, 0, records)
      renameSync(beside, join(this.#folder, name))
    } catch (error) {
      closeSync(fd)
      this.#bytes = before.bytes
      rmSync(beside, { force: true })
      throw error
    }
    this.#fd = fd
    if (before.fd !== undefined) closeSync(before.fd)
    this.#flushSoon()
  }

  async flush(): Promise<void> {
    clearTimeout(this.#timer)
    this.#timer = undefined
    const fd = this.#fd
    if (fd === undefined) return
    try {
      await promisify(fsync)(fd)
    } catch (error) {
      // The segment may have been closed meanwhile, which flushed it.
      if (codeOf(error) !== 'EBADF') this.#onFlushError(error)
    }
  }

  /** The document has another path now. */
  moveTo(folder: string): void {
    if (folder === this.#folder) return
    mkdirSync(dirname(folder), { recursive: true, mode: FOLDER_MODE })
    // What was known of another file of this name, which has been replaced.
    rmSync(folder, { recursive: true, force: true })
    try {
      renameSync(this.#folder, folder)
    } catch (error) {
      if (codeOf(error) !== 'ENOENT') throw error
    }
    this.#folder = folder
  }

  async close(): Promise<void> {
    await this.flush()
    if (this.#fd !== undefined) closeSync(this.#fd)
    this.#fd = undefined
  }

  #flushSoon(): void {
    this.#timer ??= setTimeout(() => void this.flush(), FLUSH_MS)
  }

  #write(fd: number, at: number, records: readonly Json[]): void {
    const bytes = Buffer.concat(records.map(encodeRecord))
    try {
      for (let done = 0; done < bytes.length;) {
        done += writeSync(fd, bytes, done, bytes.length - done, at + done)
      }
    } catch (error) {
      ftruncateSync(fd, at)
      throw error
    }
    this.#bytes = at + bytes.length
  }
}

function segmentNames(folder: string): string[] {
  try {
    return readdirSync(folder)
      .filter((name) => SEGMENT_NAME.test(name))
      .sort()
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return []
    throw error
  }
}

import {
  closeSync,
  fdatasync,
  ftruncateSync,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'

import type { Json } from '../../sync/change.ts'
import { codeOf } from '../../util/coded-error.ts'
import { FlushPace } from './flush-pace.ts'
import { FrameWriter } from './journal-frames.ts'
import { type ResumedJournal, resumeJournal } from './journal-resume.ts'
import { segmentName } from './journal-segments.ts'
import type { JournalSink } from './journal-sink.ts'

/** People's texts: nobody else's to read. */
const FOLDER_MODE = 0o700
const FILE_MODE = 0o600

export interface JournalFolderOptions {
  /** What was written may be lost: begin a new segment. */
  readonly onFlushError: (error: unknown) => void
  /** When what nobody waits for is brought to the disk. Default: a pace of its own. */
  readonly pace?: FlushPace
  /** Brings what was written to a file to the disk. Default fdatasync. */
  readonly flushFile?: (fd: number) => Promise<void>
}

interface OpenSegment {
  readonly fd: number
  headBytes: number
  bytes: number
  /** Written, and not brought to the disk. */
  dirty: boolean
}

const frames = new FrameWriter()
const fdatasyncFile: (fd: number) => Promise<void> = promisify(fdatasync)

/**
 * The journal of a document in a folder of its own: a file for each segment, named by the version that it begins
 * with. Written with calls that block, because this thread has nothing to do until the records are in the file; brought
 * to the disk without blocking.
 *
 * (J1) A file that is flushed stays open until that is done.
 * (J2) After a flush failed nothing more is written to the segment.
 */
export class JournalFolder implements JournalSink {
  readonly #options: JournalFolderOptions
  readonly #flushFile: (fd: number) => Promise<void>
  readonly #pace: FlushPace
  #folder: string
  #segment: OpenSegment | undefined
  /** Ended, and not yet on the disk. */
  #ended: OpenSegment[] = []
  /** The names in the folder are not yet on the disk. */
  #renamed = false
  #failed = false
  #flushing: Promise<void> | undefined
  #nextFlush: Promise<void> | undefined
  /** For the pace. */
  readonly #flushDue = async (): Promise<void> => {
    // Told to onFlushError.
    await this.durable().catch(() => undefined)
  }

  /** Nothing is made until the first record. */
  constructor(folder: string, options: JournalFolderOptions) {
    this.#folder = folder
    this.#options = options
    this.#flushFile = options.flushFile ?? fdatasyncFile
    this.#pace = options.pace ?? new FlushPace()
  }

  get folder(): string {
    return this.#folder
  }

  get segmentBytes(): { readonly head: number; readonly tail: number } {
    const { headBytes: head, bytes } = this.#segment ?? { headBytes: 0, bytes: 0 }
    return { head, tail: bytes - head }
  }

  get failed(): boolean {
    return this.#failed
  }

  /** What the newest segments say; appending goes on there. */
  resume(at: Date): ResumedJournal {
    const resumed = resumeJournal(this.#folder, at)
    if (resumed.segment !== undefined) {
      const { name, bytes, headBytes } = resumed.segment
      const fd = openSync(join(this.#folder, name), 'r+')
      this.#segment = { fd, bytes, headBytes, dirty: false }
      // Nothing to append to: as after a failure, a new segment is begun.
    } else if (resumed.records.length > 0) this.#failed = true
    return resumed
  }

  /** What can't be read must not keep what people type from being kept. */
  putAside(at: Date): void {
    const stamp = at.toISOString().slice(0, 19).replaceAll(':', '')
    renameSync(this.#folder, `${this.#folder}.damaged-${stamp}`)
  }

  append(records: readonly Json[]): void {
    const segment = this.#segment
    if (segment === undefined || this.#failed) throw new Error('bug: no segment was begun')
    segment.bytes += writeAt(segment.fd, segment.bytes, frames.write(records))
    segment.dirty = true
    this.#pace.soon(this.#flushDue)
  }

  beginSegment(firstVersion: number, records: readonly Json[]): void {
    const bytes = frames.write(records)
    mkdirSync(this.#folder, { recursive: true, mode: FOLDER_MODE })
    const name = segmentName(firstVersion)
    const beside = join(this.#folder, `${name}.new`)
    // Beside and then renamed: a segment that is there begins whole. What the power took of it is seen at its reading.
    const fd = openSync(beside, 'w', FILE_MODE)
    try {
      writeAt(fd, 0, bytes)
      renameSync(beside, join(this.#folder, name))
    } catch (error) {
      closeSync(fd)
      rmSync(beside, { force: true })
      throw error
    }
    if (this.#segment !== undefined) this.#ended.push(this.#segment)
    const { length } = bytes
    this.#segment = { fd, headBytes: length, bytes: length, dirty: true }
    this.#renamed = true
    this.#failed = false
    this.#pace.soon(this.#flushDue)
  }

  durable(): Promise<void> {
    this.#nextFlush ??= this.#flushAfter(this.#flushing)
    return this.#nextFlush
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
    try {
      await this.durable()
    } finally {
      for (const { fd } of [...this.#ended, ...(this.#segment ? [this.#segment] : [])]) {
        closeSync(fd)
      }
      this.#ended = []
      this.#segment = undefined
    }
  }

  async #flushAfter(before: Promise<void> | undefined): Promise<void> {
    await before?.catch(() => undefined)
    this.#flushing = this.#nextFlush
    this.#nextFlush = undefined
    this.#pace.cancel(this.#flushDue)
    await this.#flush()
  }

  async #flush(): Promise<void> {
    const ended = this.#ended
    const segment = this.#segment
    this.#ended = []
    try {
      for (const each of [...ended, ...(segment ? [segment] : [])]) {
        if (!each.dirty) continue
        each.dirty = false
        await this.#flushFile(each.fd)
      }
      if (this.#renamed) await this.#flushNames()
    } catch (error) {
      this.#failed = true
      this.#options.onFlushError(error)
      throw error
    } finally {
      for (const { fd } of ended) closeSync(fd)
    }
  }

  async #flushNames(): Promise<void> {
    this.#renamed = false
    const fd = openSync(this.#folder, 'r')
    try {
      await this.#flushFile(fd)
    } finally {
      closeSync(fd)
    }
  }
}

/** How many bytes were written: all. @throws where not all could be; then none are there */
function writeAt(fd: number, at: number, bytes: Uint8Array): number {
  try {
    for (let done = 0; done < bytes.length;) {
      done += writeSync(fd, bytes, done, bytes.length - done, at + done)
    }
  } catch (error) {
    ftruncateSync(fd, at)
    throw error
  }
  return bytes.length
}

import { constants } from 'node:fs'
import { access, writeFile } from 'node:fs/promises'
import { dirname, join, parse } from 'node:path'
import { setTimeout } from 'node:timers/promises'

import { decodeDocument, inFile } from '../../documents/document-codec.ts'
import type { Encoded, FileForm } from '../../documents/document-codec.ts'
import { TEXT_BYTES_MAX } from '../../documents/text-bytes.ts'
import type { ErrorCode } from '../../messages/errors.ts'
import { absorbInSteps, savedRecord } from '../../sync/disk.ts'
import type { SavedRecord } from '../../sync/journal-record.ts'
import type { Owner } from '../../sync/owner.ts'
import type { SavedBase } from '../../sync/saved-base.ts'
import { CodedError, codeOf } from '../../util/coded-error.ts'
import {
  CLOCK_STEP_MS,
  type DiskBytes,
  hashOf,
  nameOf,
  readDisk,
  type SeenFile,
  seeFile,
  writeAtomically,
} from './disk-file.ts'
import type { FormerTexts } from './disk-former.ts'
import { inTurns } from './turns.ts'

/** How often a save begins anew because the file was changed from outside while it was prepared. */
const SAVE_ATTEMPTS_MAX = 5

export interface DiskLinkOptions {
  readonly owner: Owner
  /** Real path of the file. */
  absolute: string
  /** What was on the disk has been committed. */
  readonly onAbsorbed: () => void
  /** These bytes of this version are put on the disk next: for the journal. Nothing is written before it is resolved. */
  readonly onSaving: (v: number, hash: string) => Promise<void>
  /** What is on the disk has changed, by us or from outside: for the journal. */
  readonly onBase: (record: SavedRecord) => void
  readonly onRemark: (remark: string) => void
}

/** What is on the disk in terms of the history, and the form of its bytes. */
export interface DiskBase extends SavedBase {
  readonly form: FileForm
}

/** What is known of the disk when a document is opened. */
export interface DiskStart {
  readonly base: DiskBase
  /** The texts that were on the disk before, the oldest first. */
  readonly former: FormerTexts
  /** Of the file with the base's bytes; a file that is the same is not read. Undefined: it is to be compared. */
  readonly seen: SeenFile | undefined
}

export type DiskEvent = 'unchanged' | 'absorbed' | 'deleted'

/**
 * The disk as a participant of one document. (I8) Before any write what is in the file is read, and what somebody else
 * put there becomes a change of the document. One operation at a time: the caller sees to it.
 */
export class DiskLink {
  readonly #options: DiskLinkOptions
  readonly #former: FormerTexts
  #base: DiskBase
  #seen: SeenFile | undefined
  /** Was about to be put on the disk: where that failed, it may be there all the same. */
  #writing: DiskBase | undefined
  #originalKept = false

  constructor(options: DiskLinkOptions, { base, former, seen }: DiskStart) {
    this.#options = options
    this.#base = base
    this.#former = former
    this.#seen = seen
  }

  get base(): DiskBase {
    return this.#base
  }

  get absolute(): string {
    return this.#options.absolute
  }

  moveTo(absolute: string): void {
    this.#options.absolute = absolute
  }

  /** True where the document says something else than the disk. O(1); a change that was taken back counts. */
  get behind(): boolean {
    return this.#base.v < this.#options.owner.head || this.#base.chain.length > 0
  }

  /**
   * Reads the file where it is another than it was, and commits what was changed in it.
   * @throws CodedError `not_text`, `too_large` where it is no document any more; system errors
   */
  async look(): Promise<DiskEvent> {
    const { absolute } = this.#options
    const seen = await seeFile(absolute)
    if (seen === undefined) return 'deleted'
    if (this.#seen?.isSettled && seen.identity === this.#seen.identity) return 'unchanged'
    const disk = await readDisk(absolute, TEXT_BYTES_MAX)
    if (disk === undefined) return 'deleted'
    const isKnown = this.#isKnown(disk.hash)
    if (!isKnown) await this.#absorb(disk)
    this.#seen = seen
    return isKnown ? 'unchanged' : 'absorbed'
  }

  /** The name that the file has in its folder now, where it was renamed. */
  async movedTo(): Promise<string | undefined> {
    return this.#seen && (await nameOf(dirname(this.#options.absolute), this.#seen.inode))
  }

  /**
   * Makes the file what the document is at this moment, and returns its version.
   * @throws CodedError `not_found` where the file was deleted and `recreate` is not set; as `look`; system errors
   */
  async save(options: { readonly recreate: boolean }): Promise<number> {
    for (let attempt = 0; attempt < SAVE_ATTEMPTS_MAX; attempt++) {
      const event = await this.look()
      if (event === 'deleted' && !options.recreate) {
        throw new CodedError<ErrorCode>('not_found', 'the file was deleted')
      }
      const { head, state } = this.#options.owner
      const encoded = this.#base.form.encode(state)
      const hash = hashOf(encoded.bytes)
      const base: DiskBase = {
        v: head,
        state: inFile(state),
        chain: [],
        hash,
        at: Date.now(),
        form: encoded.form,
      }
      if (event !== 'deleted' && hash === this.#base.hash) {
        this.#setBase(base)
        return head
      }
      // Somebody is at it just now, and what is written next may look the same.
      if (event !== 'deleted' && !this.#seen?.isSettled) await setTimeout(CLOCK_STEP_MS)
      else if (await this.#write(encoded, base, event)) return head
    }
    throw new CodedError<ErrorCode>(
      'unavailable',
      'Not saved: another program writes the file all the time. It is saved when that stops.',
    )
  }

  /** What is in the file is no document: it is put beside, and the document takes its place. */
  async overwrite(at: Date): Promise<number> {
    const { absolute, owner } = this.#options
    const disk = await readDisk(absolute, Number.MAX_SAFE_INTEGER)
    if (disk) {
      const beside = besideName(absolute, 'on-disk', at)
      await writeFile(beside, disk.bytes, { flag: 'wx' })
      this.#options.onRemark(`What another program wrote is kept as ${parse(beside).base}.`)
    }
    // What is typed while it is written is not in it.
    const { head, state } = owner
    const { bytes, form } = this.#base.form.encode(state)
    const hash = hashOf(bytes)
    await this.#options.onSaving(head, hash)
    this.#seen = await writeAtomically(absolute, bytes)
    this.#setBase({ v: head, state: inFile(state), chain: [], hash, at: at.getTime(), form })
    return head
  }

  /** True where these bytes are no news. */
  #isKnown(hash: string): boolean {
    if (hash === this.#base.hash) return true
    if (hash !== this.#writing?.hash) return false
    // A save that was told as failed was done before it failed.
    this.#setBase(this.#writing)
    return true
  }

  /** Others have their turns between the comparisons; what people type meanwhile stays. */
  async #absorb(disk: DiskBytes): Promise<void> {
    const { absolute, owner } = this.#options
    const decoded = decodeDocument(absolute, disk.bytes, owner.state)
    const at = Date.now()
    const foreign = {
      state: decoded.state,
      hash: disk.hash,
      at,
      putBack: this.#former.isPutBack(disk.hash, at),
    }
    const bases = [...this.#former.bases, this.#base]
    const absorbed = await inTurns(absorbInSteps(owner, bases, foreign))
    if (!absorbed) {
      const message = 'another content, of which nothing is known any more'
      throw new CodedError<ErrorCode>('conflict', message)
    }
    this.#options.onAbsorbed()
    this.#setBase({ ...absorbed.base, form: decoded.form }, absorbed.record)
  }

  /** False where the file was changed from outside meanwhile: nothing was written. */
  async #write(encoded: Encoded, base: DiskBase, event: DiskEvent): Promise<boolean> {
    const { absolute } = this.#options
    const exists = event !== 'deleted'
    // Replacing it needs no right to write it; that somebody took this right means something.
    if (exists) await access(absolute, constants.W_OK)
    await this.#options.onSaving(base.v, base.hash)
    if (encoded.repaired) await this.#keepOriginal()
    this.#writing = base
    const expected = exists ? this.#seen?.identity : undefined
    const written = await writeAtomically(absolute, encoded.bytes, { expected })
    if (written === undefined) return false
    this.#seen = written
    this.#setBase(base)
    return true
  }

  async #keepOriginal(): Promise<void> {
    if (this.#originalKept) return
    const { absolute } = this.#options
    const disk = await readDisk(absolute, TEXT_BYTES_MAX)
    if (disk === undefined) return
    const beside = besideName(absolute, 'original', new Date())
    try {
      await writeFile(beside, disk.bytes, { flag: 'wx' })
    } catch (error) {
      // One of the same second is the same.
      if (codeOf(error) !== 'EEXIST') throw error
    }
    this.#originalKept = true
    this.#options.onRemark(
      `A damaged place of this worksheet was repaired; the original is kept as ${parse(beside).base}.`,
    )
  }

  #setBase(base: DiskBase, record: SavedRecord = savedRecord(base)): void {
    const before = this.#base
    const changed = base.hash !== before.hash || base.v !== before.v
    this.#writing = undefined
    this.#base = base
    if (!changed) return
    this.#former.replaced(before, base.at ?? Date.now())
    this.#options.onBase(record)
  }
}

/** `NAME.original-2026-11-21-104501.sagews` beside `NAME.sagews`. */
function besideName(absolute: string, word: string, at: Date): string {
  const { dir, name, ext } = parse(absolute)
  const stamp = at.toISOString().slice(0, 19).replace('T', '-').replaceAll(':', '')
  return join(dir, `${name}.${word}-${stamp}${ext}`)
}

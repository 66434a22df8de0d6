import { constants } from 'node:fs'
import { access, stat, writeFile } from 'node:fs/promises'
import { dirname, join, parse } from 'node:path'

import { decodeDocument, inFile } from '../../documents/document-codec.ts'
import type { Encoded, FileForm } from '../../documents/document-codec.ts'
import { TEXT_BYTES_MAX } from '../../documents/text-bytes.ts'
import type { ErrorCode } from '../../messages/errors.ts'
import { absorb } from '../../sync/disk.ts'
import type { SavedBase } from '../../sync/saved-base.ts'
import { toChange } from '../../sync/edit.ts'
import type { SavedRecord } from '../../sync/journal-record.ts'
import type { Owner } from '../../sync/owner.ts'
import { CodedError, codeOf } from '../../util/coded-error.ts'
import { type FileIdentity, hashOf, identityOf, readDisk, writeAtomically } from './disk-file.ts'

/** How often a save begins anew because the file was changed from outside while it was prepared. */
const SAVE_ATTEMPTS_MAX = 5

export interface DiskLinkOptions {
  readonly owner: Owner
  /** Real path of the file. */
  absolute: string
  /** What was on the disk has been committed. */
  readonly onAbsorbed: () => void
  /** These bytes of this version are put on the disk next: for the journal. */
  readonly onSaving: (v: number, hash: string) => void
  /** What is on the disk has changed, by us or from outside: for the journal. */
  readonly onBase: (record: SavedRecord) => void
  readonly onRemark: (remark: string) => void
}

/** What is on the disk in terms of the history, and the form of its bytes. */
export interface DiskBase extends SavedBase {
  readonly form: FileForm
}

export type DiskEvent = 'unchanged' | 'absorbed' | 'deleted'

/**
 * The disk as a participant of one document. (I8) Before any write what is in the file is read, and what somebody else
 * put there becomes a change of the document. One operation at a time: the caller sees to it.
 */
export class DiskLink {
  readonly #options: DiskLinkOptions
  #base: DiskBase
  /** Of the file with the base's bytes; a file that is the same is not read. */
  #identity: FileIdentity | undefined
  #originalKept = false

  constructor(options: DiskLinkOptions, base: DiskBase, identity: FileIdentity | undefined) {
    this.#options = options
    this.#base = base
    this.#identity = identity
  }

  get base(): DiskBase {
    return this.#base
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
    const identity = await identityOf(absolute)
    if (identity === undefined) return 'deleted'
    if (identity === this.#identity) return 'unchanged'
    const disk = await readDisk(absolute, TEXT_BYTES_MAX)
    if (disk === undefined) return 'deleted'
    if (disk.hash === this.#base.hash) {
      this.#identity = identity
      return 'unchanged'
    }
    const decoded = decodeDocument(absolute, disk.bytes, this.#options.owner.state)
    // One base: an older content that is put back (git checkout) is a change like any other.
    const foreign = { state: decoded.state, hash: disk.hash, at: Date.now() }
    const absorbed = absorb(this.#options.owner, [this.#base], foreign)
    if (!absorbed) {
      const message = 'another content, of which nothing is known any more'
      throw new CodedError<ErrorCode>('conflict', message)
    }
    const { base: _v, change: _change, ...record } = absorbed.record
    // A change is told of a version only; with a chain it was one of what was on the disk.
    const exact = this.#base.chain.length === 0
    this.#options.onAbsorbed()
    this.#setBase({ ...absorbed.base, form: decoded.form }, exact ? absorbed.record : record)
    this.#identity = identity
    return 'absorbed'
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
      if (event === 'deleted' || hash !== this.#base.hash) {
        this.#options.onSaving(head, hash)
        if (encoded.repaired) await this.#keepOriginal()
        if (!(await this.#write(encoded, event))) continue
      }
      this.#setBase({ v: head, state: inFile(state), chain: [], hash, form: encoded.form })
      return head
    }
    throw new CodedError<ErrorCode>(
      'conflict',
      'another program writes the file all the time; it will be saved when that stops',
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
    const encoded = this.#base.form.encode(owner.state)
    await writeAtomically(absolute, encoded.bytes)
    this.#identity = await identityOf(absolute)
    const hash = hashOf(encoded.bytes)
    this.#setBase({
      v: owner.head,
      state: inFile(owner.state),
      chain: [],
      hash,
      form: encoded.form,
    })
    return owner.head
  }

  /** False where the file was changed from outside meanwhile: nothing was written. */
  async #write(encoded: Encoded, event: DiskEvent): Promise<boolean> {
    const { absolute } = this.#options
    const expected = event === 'deleted' ? undefined : this.#identity
    const unchanged = async (): Promise<boolean> => (await identityOf(absolute)) === expected
    if (!(await writeAtomically(absolute, encoded.bytes, unchanged))) return false
    this.#identity = await identityOf(absolute)
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
    const changed = base.hash !== this.#base.hash || base.v !== this.#base.v
    this.#base = base
    if (changed) this.#options.onBase(record)
  }
}

/** What the journal is told of a base. */
export function savedRecord({ v, hash, chain }: DiskBase): SavedRecord {
  const record = { k: 'saved', v, at: Date.now(), hash } as const
  return chain.length > 0 ? { ...record, chain: chain.map(toChange) } : record
}

/** `NAME.original-2026-11-21-104501.sagews` beside `NAME.sagews`. */
function besideName(absolute: string, word: string, at: Date): string {
  const { dir, name, ext } = parse(absolute)
  const stamp = at.toISOString().slice(0, 19).replace('T', '-').replaceAll(':', '')
  return join(dir, `${name}.${word}-${stamp}${ext}`)
}

/** Why the file can't be written by us, or undefined where it can. */
export async function readOnlyReason(absolute: string): Promise<string | undefined> {
  try {
    await access(absolute, constants.W_OK)
    return undefined
  } catch (error) {
    const code = codeOf(error)
    if (code === 'EROFS') return 'The disk is read-only.'
    if (code === 'EACCES' || code === 'EPERM') return 'You may not write this file.'
    if (code === 'ENOENT') {
      // Deleted: whether it can be written again is its folder's to say.
      return (await stat(dirname(absolute)).catch(() => undefined))
        ? undefined
        : 'Its folder is gone.'
    }
    throw error
  }
}

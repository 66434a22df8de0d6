import { randomUUID } from 'node:crypto'

import { cellIdOf } from '../../documents/cell-id.ts'
import { decodeCharacters } from '../../documents/text-bytes.ts'
import { LINE_ENDING_PART, TEXT_PART } from '../../documents/text-codec.ts'
import { cellPart, CELLS_PART } from '../../documents/worksheet-cell.ts'
import type { DocumentKind } from '../../messages/documents.ts'
import type { ErrorCode } from '../../messages/errors.ts'
import { hasVersion, termAt } from '../../sync/branch.ts'
import type { Change } from '../../sync/change.ts'
import { commitAs } from '../../sync/commit.ts'
import { cellsOf, type DocumentState, fieldOf, textOf } from '../../sync/document-state.ts'
import { type Edit, toEdit } from '../../sync/edit.ts'
import type { Author } from '../../sync/messages.ts'
import type { Owner } from '../../sync/owner.ts'
import { CodedError, codeOf } from '../../util/coded-error.ts'
import { PROGRAM_SID } from './program-author.ts'
import { ProgramWatch } from './program-watch.ts'
import type {
  AtVersion,
  ProgramRequests,
  ProgramWriting,
  ProgramWritten,
  WatchedNotice,
} from './program-protocol.ts'
import type { SessionDisk } from './session-disk.ts'
import type { SessionJournal } from './session-journal.ts'

export interface SessionProgramsOptions {
  readonly doc: number
  readonly kind: DocumentKind
  readonly owner: Owner
  readonly disk: SessionDisk
  readonly journal: () => SessionJournal
  /** Resolved when the document may be changed: what its journal lost was looked for. */
  readonly ready: () => Promise<void> | undefined
  readonly post: (notice: WatchedNotice) => void
}

type Asked = {
  [K in keyof ProgramRequests]: { readonly kind: K } & ProgramRequests[K]['ask']
}[keyof ProgramRequests]

/** What programs inside the project do with an open document: as other people's changes, without a session. */
export class SessionPrograms {
  readonly #options: SessionProgramsOptions
  readonly #owner: Owner
  readonly #watch: ProgramWatch

  constructor(options: SessionProgramsOptions) {
    this.#options = options
    this.#owner = options.owner
    this.#watch = new ProgramWatch(options)
  }

  async answer(asked: Asked): Promise<ProgramRequests[keyof ProgramRequests]['answer']> {
    await this.#options.ready()
    // A program that has just written the file itself expects it to be known.
    if (asked.kind !== 'program_watch') await this.#options.disk.look()
    switch (asked.kind) {
      case 'program_read':
        return this.#read()
      case 'program_revision':
        return this.#revision(asked.at)
      case 'program_commit':
        return this.#commitChange(asked)
      case 'program_append':
        return this.#append(asked)
      case 'program_watch':
        return this.#watch.turn(asked.on)
    }
  }

  /** A turn has ended. */
  turned(): void {
    this.#watch.turned()
  }

  /** It comes from another thread, which knew who watches. */
  welcome(): void {
    this.#options.post({ kind: 'watched', doc: this.#options.doc, changes: null })
  }

  async #read(): Promise<ProgramRequests['program_read']['answer']> {
    const bytes = this.#options.disk.encode(this.#owner.state)
    const { term, v } = this.#now
    await this.#options.journal().written()
    return { term, v, bytes }
  }

  async #revision(
    at: AtVersion | undefined,
  ): Promise<ProgramRequests['program_revision']['answer']> {
    if (at !== undefined) this.#check(at)
    const now = this.#now
    const terms = [...this.#owner.terms]
    await this.#options.journal().written()
    return { ...now, terms }
  }

  #commitChange(asked: ProgramRequests['program_commit']['ask']): Promise<ProgramWritten> {
    this.#check(asked.at)
    // Made by our own history thread.
    const change = JSON.parse(new TextDecoder().decode(asked.change)) as Change
    return this.#commit(asked, toEdit(change), asked.at.v)
  }

  #append(asked: ProgramRequests['program_append']['ask']): Promise<ProgramWritten> {
    const characters = decodeCharacters(asked.bytes)
    const change =
      this.#options.kind === 'text'
        ? textAppended(this.#owner.state, characters)
        : cellAppended(this.#owner.state, characters)
    return this.#commit(asked, characters === '' ? [] : toEdit(change), this.#owner.head)
  }

  async #commit({ name, save }: ProgramWriting, edit: Edit, on: number): Promise<ProgramWritten> {
    const { disk } = this.#options
    const { readOnly, readOnlyReason } = disk.state
    if (readOnly) throw refused('read_only', readOnlyReason ?? 'the file may not be written')
    if (this.#options.journal().full) {
      throw refused('disk_full', 'changes can’t be kept at the moment')
    }
    const before = this.#owner.head
    const author: Author = { sid: PROGRAM_SID + name, accountId: '', name: `${name} (program)` }
    const v = commitAs(this.#owner, author, edit, { at: Date.now(), on })
    if (this.#owner.head > before) disk.changed()
    const term = termAt(this.#owner.terms, v)
    await this.#options.journal().written()
    if (save) await this.#save()
    const { state, message } = disk.state
    return { v, term, saved: state === 'saved', ...(message === undefined ? {} : { message }) }
  }

  async #save(): Promise<void> {
    try {
      await this.#options.disk.saveWhereMay()
    } catch (error) {
      // It is being closed, which saves it. The change is kept: it must not be told as refused.
      if (codeOf(error) !== 'closed') throw error
    }
  }

  get #now(): AtVersion {
    const { terms, head } = this.#owner
    return { v: head, term: termAt(terms, head) }
  }

  #check(at: AtVersion): void {
    if (hasVersion(this.#owner, at) && at.v >= this.#owner.base.v) return
    throw refused('conflict', `revision ${at.term}.${at.v} is not known any more: read it again`)
  }
}

function textAppended(state: DocumentState, characters: string): Change {
  const isCrlf = fieldOf(state, LINE_ENDING_PART) === 'crlf'
  const text = isCrlf ? characters.replaceAll('\r\n', '\n') : characters
  const { length } = textOf(state, TEXT_PART)
  return [['t', TEXT_PART, [length, [0, ...text.split('\n')]]]]
}

/** The final line break of a text is none of the cell's. */
function cellAppended(state: DocumentState, characters: string): Change {
  const cell = cellIdOf(randomUUID())
  const input = characters.replaceAll('\r\n', '\n').replace(/\n$/, '')
  return [
    ['i', CELLS_PART, cell, cellsOf(state, CELLS_PART).at(-1) ?? ''],
    ['t', cellPart(cell, 'input'), [[0, ...input.split('\n')]]],
  ]
}

function refused(code: ErrorCode, message: string): CodedError {
  return new CodedError(code, message)
}

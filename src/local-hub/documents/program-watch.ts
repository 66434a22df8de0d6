import type { PartChanged } from '../../messages/project-api.ts'
import { applyForeignEdit } from '../../sync/apply.ts'
import { termAt } from '../../sync/branch.ts'
import { itemsAfter } from '../../sync/commit.ts'
import { type DocumentState, textOf } from '../../sync/document-state.ts'
import type { PartOp, TextOp } from '../../sync/edit.ts'
import type { Item, Owner } from '../../sync/owner.ts'
import { changedBy } from './program-author.ts'
import type { AtVersion, WatchedChange, WatchedNotice } from './program-protocol.ts'
import type { SessionJournal } from './session-journal.ts'

/** Characters of one change that are told; who watches reads the document where there are more. */
const TOLD_CHARACTERS_MAX = 64 * 1024

/** Parts of one change that are told: a worksheet that is written anew has thousands. */
const TOLD_PARTS_MAX = 1000

export interface ProgramWatchOptions {
  readonly doc: number
  readonly owner: Owner
  readonly journal: () => SessionJournal
  readonly post: (notice: WatchedNotice) => void
}

/** Tells programs what happens to a document, once it is kept. Costs nothing while nobody watches. */
export class ProgramWatch {
  readonly #options: ProgramWatchOptions
  /** What was told, or is about to be. */
  #told: { readonly v: number; readonly state: DocumentState } | undefined

  constructor(options: ProgramWatchOptions) {
    this.#options = options
  }

  /** Switches it on or off. Answers the version after which all is told. */
  async turn(on: boolean): Promise<AtVersion> {
    const { owner, journal } = this.#options
    await journal().written()
    // Nothing is awaited from here on: what is told next comes behind the answer.
    this.turned()
    if (!on) this.#told = undefined
    else this.#told ??= { v: owner.head, state: owner.state }
    return { v: owner.head, term: termAt(owner.terms, owner.head) }
  }

  /** A turn has ended: its items are told when they are in the journal. */
  turned(): void {
    const { doc, owner, journal, post } = this.#options
    if (this.#told === undefined || this.#told.v === owner.head) return
    const { v } = this.#told
    const changes = v < owner.base.v ? null : this.#changes(itemsAfter(owner, v))
    this.#told = { v: owner.head, state: owner.state }
    void journal()
      .written()
      .then(() => post({ kind: 'watched', doc, changes }))
  }

  #changes(items: readonly Item[]): WatchedChange[] {
    const { authors } = this.#options.owner
    let state = this.#told?.state
    return items.flatMap((item) => {
      const author = authors[item.by]
      if (author === undefined || state === undefined) return []
      const changes = toldChanges(state, item.edit)
      state = applyForeignEdit(state, item.edit)
      return { v: item.v, term: item.term, by: changedBy(author), atMs: item.at, changes }
    })
  }
}

/** What an edit does to this state; null where that is much. */
function toldChanges(state: DocumentState, edit: readonly PartOp[]): PartChanged[] | null {
  const changes: PartChanged[] = []
  let characters = 0
  for (const op of edit) {
    const told = op[0] === 't' ? textChanged(state, op) : partChanged(op)
    for (const { deleted = '', inserted = '' } of told)
      characters += deleted.length + inserted.length
    changes.push(...told)
    if (characters > TOLD_CHARACTERS_MAX || changes.length > TOLD_PARTS_MAX) return null
  }
  return changes
}

function textChanged(state: DocumentState, [, part, change]: TextOp): PartChanged[] {
  const text = textOf(state, part)
  const told: PartChanged[] = []
  // oxlint-disable-next-line max-params -- the callback that CodeMirror calls
  change.iterChanges((fromA, toA, _fromB, _toB, inserted) => {
    // A text of a cell that this edit inserts is not in the state before.
    const line = fromA <= text.length ? text.lineAt(fromA).number : 1
    const deleted = text.sliceString(fromA, toA, '\n')
    told.push({ what: 'text', part, line, deleted, inserted: inserted.toString() })
  })
  return told
}

function partChanged(op: Exclude<PartOp, TextOp>): PartChanged[] {
  switch (op[0]) {
    case 'f':
      return [{ what: 'field', part: op[1] }]
    case 'i':
      return [{ what: 'cell_inserted', part: op[2] }]
    case 'd':
      return [{ what: 'cell_deleted', part: op[2] }]
    case 'm':
      return [{ what: 'cell_moved', part: op[2] }]
    case 'a':
    case 'c':
      return [{ what: 'output', part: op[1] }]
    case 'r':
      return []
  }
}

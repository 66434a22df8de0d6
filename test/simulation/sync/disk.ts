import { applyEdit } from '../../../src/sync/apply.ts'
import type { DocumentState } from '../../../src/sync/document-state.ts'
import { absorb, savedBase } from '../../../src/sync/disk.ts'
import type { SavedBase } from '../../../src/sync/saved-base.ts'
import type { Edit } from '../../../src/sync/edit.ts'
import { hashState } from '../../../src/sync/hash.ts'
import { markSaved } from '../../../src/sync/outbox.ts'
import type { World } from './world.ts'

/** Documents that were on the disk and are still known, as many as the local hub keeps. */
const BASES_KEPT = 8

/** The file of a world's document, which programs that know nothing of it read and write. */
export class Disk {
  readonly #world: World
  /** What the file holds. */
  file: DocumentState
  /** What it held when the owner looked, the newest last: a program writes what it made of one of them. */
  readonly read: DocumentState[] = []
  #bases: SavedBase[]

  constructor(world: World) {
    this.#world = world
    this.file = world.owner.state
    this.#bases = [savedBase(world.owner, hashOf(this.file))]
  }

  /** A program that read `from` writes it changed. */
  write(from: DocumentState, edit: Edit): void {
    this.file = applyEdit(from, edit)
  }

  /** The owner looks at the file. False where it is a conflict: nothing is known of what it was made from. */
  look(): boolean {
    const { owner } = this.#world
    const hash = hashOf(this.file)
    if (hash === this.#bases.at(-1)?.hash) return true
    const absorbed = absorb(owner, this.#bases, { state: this.file, hash, at: this.#world.now() })
    if (!absorbed) return false
    owner.outbox.records.push(absorbed.record)
    this.#keep(absorbed.base)
    this.#world.turn()
    return true
  }

  /** (I8) What is on the disk becomes a change first. Returns what was there where it can't: it is put beside. */
  save(): DocumentState | undefined {
    this.#world.turn()
    const beside = this.look() ? undefined : this.file
    const { owner } = this.#world
    const hash = hashOf(owner.state)
    this.file = owner.state
    this.#keep(savedBase(owner, hash))
    owner.outbox.records.push({ k: 'saved', v: owner.head, at: this.#world.now(), hash })
    markSaved(owner, owner.head)
    this.#world.turn()
    return beside
  }

  #keep(base: SavedBase): void {
    this.#bases = [...this.#bases.slice(1 - BASES_KEPT), base]
    this.read.push(this.file)
    if (this.read.length > BASES_KEPT - 2) this.read.shift()
  }
}

function hashOf(state: DocumentState): string {
  return String(hashState(state))
}

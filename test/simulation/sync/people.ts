import { ChangeSet } from '@codemirror/state'

import { createClient } from '../../../src/sync/client.ts'
import { exportUnsent, importUnsent, localChange } from '../../../src/sync/client-local.ts'
import { commitAs } from '../../../src/sync/commit.ts'
import { cellsOf, textOf } from '../../../src/sync/document-state.ts'
import type { PartOp } from '../../../src/sync/edit.ts'
import type { Random } from './random.ts'
import type { Tab, World } from './world.ts'

/** Each typed character is another one, so that a lost or doubled one is seen. */
const FIRST_CHARACTER = 0x4e00

export class People {
  readonly world: World
  readonly random: Random
  readonly typed = new Set<string>()
  readonly deleted = new Set<string>()
  #cells = 0
  #outputs = 0

  constructor(world: World, random: Random) {
    this.world = world
    this.random = random
  }

  /** Something that one of them does, or that happens to them. */
  step(): void {
    const tab = this.random.pick(this.world.tabs)
    if (!tab) return
    const kind = this.random.below(100)
    if (kind < 35) this.#act(tab)
    else if (kind < 48) this.world.flush(tab)
    else if (kind < 65) this.#moveUp(tab)
    else if (kind < 72) this.world.turn()
    else if (kind < 90) this.#moveDown(tab)
    else if (kind < 94) this.#changeConnection(tab)
    else if (kind < 96) this.#writeOnDisk()
    else if (kind < 97) this.#runOutput()
    else if (kind < 98) this.#reload(tab)
    else if (kind < 99 && this.random.chance(0.3)) this.world.crash()
  }

  #act(tab: Tab): void {
    const { client } = tab
    if (client.phase === 'new' || client.phase === 'joining' || client.restored) return
    const kind = this.random.below(20)
    if (kind === 0) this.#insertCell(tab)
    else if (kind === 1) this.#moveCell(tab)
    else if (kind === 2) this.#deleteCell(tab)
    else if (kind === 3) this.#change(tab, ['f', 'title', this.random.below(1000)])
    else if (kind < 14) this.#type(tab)
    else this.#erase(tab)
  }

  #part(tab: Tab): string {
    const cell = this.random.pick(cellsOf(tab.client.view, 'cells'))
    return cell === undefined || this.random.chance(0.4) ? '' : `${cell}.input`
  }

  #type(tab: Tab): void {
    const part = this.#part(tab)
    const text = textOf(tab.client.view, part)
    const insert = this.character() + (this.random.chance(0.2) ? this.character() : '')
    this.#edit(tab, part, { from: this.random.below(text.length + 1), insert })
  }

  #erase(tab: Tab): void {
    const part = this.#part(tab)
    const text = textOf(tab.client.view, part)
    if (text.length === 0) return
    const from = this.random.below(text.length)
    const to = Math.min(text.length, from + 1 + this.random.below(3))
    this.#markDeleted(text.sliceString(from, to))
    const insert = this.random.chance(0.3) ? this.character() : ''
    this.#edit(tab, part, { from, to, insert })
  }

  #edit(tab: Tab, part: string, spec: { from: number; to?: number; insert: string }): void {
    const text = textOf(tab.client.view, part)
    const changes = ChangeSet.of(spec, text.length)
    this.#change(tab, ['t', part, changes])
    tab.editors.set(part, changes.apply(tab.editors.get(part) ?? text))
  }

  #insertCell(tab: Tab): void {
    const after = this.random.pick(['', ...cellsOf(tab.client.view, 'cells')]) ?? ''
    this.#change(tab, ['i', 'cells', `k${++this.#cells}`, after])
  }

  #moveCell(tab: Tab): void {
    const cells = cellsOf(tab.client.view, 'cells')
    const cell = this.random.pick(cells)
    if (cell !== undefined)
      this.#change(tab, ['m', 'cells', cell, this.random.pick(['', ...cells]) ?? ''])
  }

  #deleteCell(tab: Tab): void {
    const cell = this.random.pick(cellsOf(tab.client.view, 'cells'))
    if (cell === undefined) return
    this.#markDeleted(textOf(tab.client.view, `${cell}.input`).sliceString(0))
    this.#change(tab, ['d', 'cells', cell])
    tab.editors.delete(`${cell}.input`)
  }

  #change(tab: Tab, op: PartOp): void {
    localChange(tab.client, [op], { undo: 'none' })
  }

  #moveUp(tab: Tab): void {
    const first = tab.up[0]
    // Twice, or the second before the first: what only a broken relay does.
    if (first && this.random.chance(0.05)) this.world.give(tab, first)
    if (tab.up.length > 1 && this.random.chance(0.03)) tab.up.reverse()
    if (this.random.chance(0.02)) tab.up.shift()
    this.world.deliverUp(tab)
  }

  #moveDown(tab: Tab): void {
    const first = tab.down[0]
    if (first && this.random.chance(0.05)) this.world.take(tab, first)
    if (tab.down.length > 1 && this.random.chance(0.03)) tab.down.reverse()
    this.world.deliverDown(tab)
  }

  #changeConnection(tab: Tab): void {
    if (tab.connection !== undefined && this.random.chance(0.5)) this.world.drop(tab)
    else this.world.connect(tab)
  }

  /** The page is closed, and another one finds the unsent changes. */
  #reload(tab: Tab): void {
    const unsent = exportUnsent(tab.client)
    if (tab.client.phase === 'new' || tab.client.phase === 'joining') return
    this.world.drop(tab)
    tab.client = createClient(unsent.sid)
    importUnsent(tab.client, JSON.parse(JSON.stringify(unsent)))
    tab.editors = new Map()
  }

  #writeOnDisk(): void {
    const { owner } = this.world
    const on = Math.max(owner.base.v, owner.head - this.random.below(5))
    if (on !== owner.head) return
    const insert = this.character()
    const text = textOf(owner.state, '')
    const changes = ChangeSet.of({ from: this.random.below(text.length + 1), insert }, text.length)
    const disk = { sid: 'disk', accountId: '', name: 'on disk' }
    commitAs(owner, disk, [['t', '', changes]], { at: this.world.now() })
    this.world.turn()
  }

  #runOutput(): void {
    const { owner } = this.world
    const cell = this.random.pick(cellsOf(owner.state, 'cells'))
    if (cell === undefined) return
    const run = { sid: 'runs', accountId: '', name: 'Sage' }
    const id = `run${++this.#outputs}`
    commitAs(owner, run, [['c', `${cell}.output`, id]], { at: this.world.now() })
    commitAs(owner, run, [['a', `${cell}.output`, id, 0, ['out']]], { at: this.world.now() })
    this.world.turn()
  }

  #markDeleted(text: string): void {
    for (const character of text) this.deleted.add(character)
  }

  character(): string {
    const character = String.fromCharCode(FIRST_CHARACTER + this.typed.size)
    this.typed.add(character)
    return character
  }
}

import { strict as assert } from 'node:assert'

import { ChangeSet } from '@codemirror/state'

import { localChange, redo, undo } from '../../../src/sync/client-local.ts'
import { cellsOf, textOf, toText } from '../../../src/sync/document-state.ts'
import type { PartOp } from '../../../src/sync/edit.ts'
import { Characters, countsIn, wholeOffset } from './characters.ts'
import type { Random } from './random.ts'
import { dropDeadEditors, show } from './world.ts'
import type { Tab } from './world.ts'

/** What people do in their editors. */
export class People {
  readonly random: Random
  readonly characters = new Characters()
  readonly #breaksLines: boolean
  #cells = 0

  constructor(random: Random, options: { readonly breaksLines: boolean }) {
    this.random = random
    this.#breaksLines = options.breaksLines
  }

  act(tab: Tab): void {
    const { client } = tab
    if (!client.hasDocument) return
    const kind = this.random.below(20)
    if (kind === 0) this.#insertCell(tab)
    else if (kind === 1) this.#moveCell(tab)
    else if (kind === 2) this.#deleteCell(tab)
    else if (kind === 3) this.#change(tab, ['f', 'title', this.random.below(1000)])
    else if (kind < 14) this.#type(tab)
    else this.#erase(tab)
  }

  takeBack(tab: Tab): void {
    if (!tab.client.restored) this.#takeBack(tab, this.random.chance(0.7) ? undo : redo)
  }

  /** A part, and where in it something may be typed. */
  #place(tab: Tab): { part: string; from: number; length: number } {
    const cell = this.random.pick(cellsOf(tab.client.view, 'cells'))
    const part = cell === undefined || this.random.chance(0.4) ? '' : `${cell}.input`
    const { length } = textOf(tab.client.view, part)
    const from = wholeOffset(tab.client.view, part, this.random.below(length + 1))
    return { part, from, length }
  }

  #type(tab: Tab): void {
    const { part, from } = this.#place(tab)
    this.#replace(tab, part, { from, to: from, insert: this.text(tab) })
  }

  #erase(tab: Tab): void {
    const { part, from, length } = this.#place(tab)
    if (from === length) return
    const to = wholeOffset(tab.client.view, part, Math.min(length, from + 1 + this.random.below(4)))
    this.characters.erase(textOf(tab.client.view, part).sliceString(from, to))
    const insert = this.random.chance(0.3) ? this.text(tab) : ''
    this.#replace(tab, part, { from, to, insert })
  }

  #replace(tab: Tab, part: string, spec: { from: number; to: number; insert: string }): void {
    const text = textOf(tab.client.view, part)
    const changes = ChangeSet.of({ ...spec, insert: toText(spec.insert) }, text.length)
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
    this.characters.erase(textOf(tab.client.view, `${cell}.input`).sliceString(0))
    this.#change(tab, ['d', 'cells', cell])
    dropDeadEditors(tab)
  }

  #change(tab: Tab, op: PartOp): void {
    const grouping = this.random.below(10)
    const how = grouping === 0 ? 'none' : grouping < 4 ? 'join' : 'new'
    localChange(tab.client, [op], { undo: how })
  }

  /** Undo takes away only what this person typed, or brought back. */
  #takeBack(tab: Tab, how: typeof undo): void {
    const before = countsIn(tab.client.view)
    const change = how(tab.client)
    if (!change) return
    show(tab, [change])
    const after = countsIn(tab.client.view)
    const { sid } = tab.client
    for (const character of new Set([...before.keys(), ...after.keys()])) {
      const more = (after.get(character) ?? 0) - (before.get(character) ?? 0)
      for (let times = 0; times < more; times++) this.characters.revive(sid, character)
      if (more >= 0) continue
      assert.ok(this.characters.isOf(sid, character), `undo by ${sid} took ${character} of another`)
      this.characters.erase(character)
    }
  }

  text(tab: Tab): string {
    const { sid } = tab.client
    const first = this.characters.make(sid)
    const kind = this.#breaksLines ? this.random.below(10) : 2 + this.random.below(8)
    if (kind === 0) return `${first}\n`
    if (kind === 1) return `\n${first}`
    return kind < 4 ? first + this.characters.make(sid) : first
  }
}

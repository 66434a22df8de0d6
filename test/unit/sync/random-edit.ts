import { ChangeSet } from '@codemirror/state'

import { applyEdit, buildState } from '../../../src/sync/apply.ts'
import type { DocumentState } from '../../../src/sync/document-state.ts'
import { cellsOf, textOf } from '../../../src/sync/document-state.ts'
import type { Edit, PartOp } from '../../../src/sync/edit.ts'
import { randomOf } from '../../simulation/sync/random.ts'
import type { Random } from '../../simulation/sync/random.ts'

/** A worksheet of three cells with some text. */
export const START: DocumentState = buildState([
  ['t', '', insertAt(0, 'plain text\nof two lines', 0)],
  ['i', 'cells', 'a', ''],
  ['i', 'cells', 'b', 'a'],
  ['i', 'cells', 'c', 'b'],
  ['t', 'a.input', insertAt(0, 'x = 1', 0)],
  ['t', 'b.input', insertAt(0, 'plot(sin)', 0)],
  ['f', 'a.hidden', true],
  ['c', 'b.output', 'r1'],
  ['a', 'b.output', 'r1', 0, [{ stdout: 'hello' }]],
])

export function insertAt(from: number, insert: string, length: number): ChangeSet {
  return ChangeSet.of({ from, insert }, length, '\n')
}

/** An edit of one to four parts that fits the state. New cells have ids that begin with `name`. */
export function randomEdit(state: DocumentState, seed: number, name: string): Edit {
  const random = randomOf(seed)
  const edit: PartOp[] = []
  let now = state
  for (let left = 1 + random.below(4); left > 0; left--) {
    const op = randomOp(now, random, `${name}${left}`)
    now = applyEdit(now, [op])
    edit.push(op)
  }
  return edit
}

function randomOp(state: DocumentState, random: Random, name: string): PartOp {
  const cells = cellsOf(state, 'cells')
  const cell = random.pick(cells)
  const after = random.pick(['', ...cells]) ?? ''
  const kind = random.below(10)
  if (kind === 0 || cell === undefined) return ['i', 'cells', name, after]
  if (kind === 1) return ['m', 'cells', cell, after]
  if (kind === 2) return ['d', 'cells', cell]
  if (kind === 3) return ['f', `${cell}.hidden`, random.below(3)]
  if (kind === 4) return ['a', `${cell}.output`, 'r1', random.below(3), [name]]
  const part = random.chance(0.4) ? '' : `${cell}.input`
  return ['t', part, randomChanges(textOf(state, part).length, random, name)]
}

function randomChanges(length: number, random: Random, name: string): ChangeSet {
  const specs = Array.from({ length: 1 + random.below(3) }, () => {
    const from = random.below(length + 1)
    const to = Math.min(length, from + random.below(4))
    return { from, to, insert: random.chance(0.7) ? name : '' }
  })
  return ChangeSet.of(specs, length, '\n')
}

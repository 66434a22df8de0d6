import { describe, expect, test } from 'vitest'

import { diffTexts } from '../../../src/sync/diff.ts'
import { toText } from '../../../src/sync/document-state.ts'
import { replacements } from '../../../src/sync/replacements.ts'
import { diffCharacters } from '../../../src/sync/text-diff.ts'

const LENGTH = 256 * 1024
/** Of processor time, many times what it takes; the search that gives no answer in time took minutes. */
const CPU_MS_MAX = 3000

/** As many as texts of this length have. At once: a run of what is the same in both, which is found in one go. */
const COMPARISONS = 1_500_000
const COMPARISONS_MAX = 2 * LENGTH + 100_000

const WORDS = Array.from(
  { length: LENGTH / 32 },
  (_, n) => `line ${n} of words ${(n * 7919) % 997}`,
)
const SHUFFLED = WORDS.toSorted((a, b) => mixed(a) - mixed(b))

function mixed(text: string): number {
  let hash = 7
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash, 31) + text.charCodeAt(at)
  return Math.imul(hash, 2654435761) >>> 0
}

function noise(seed: number): string {
  return Array.from({ length: LENGTH }, (_, n) =>
    'abcdefgh'.charAt(mixed(`${seed} ${n}`) % 8),
  ).join('')
}

describe('a diff', () => {
  test.each([
    ['two letters, shifted', 'ab'.repeat(LENGTH / 2), `x${'ba'.repeat(LENGTH / 2)}`],
    ['one long line of noise', noise(1), noise(2)],
    ['lines in another order', WORDS.join('\n'), SHUFFLED.join('\n')],
    ['lines from the last to the first', WORDS.join('\n'), WORDS.toReversed().join('\n')],
    ['two lines, again and again', 'a\nb\n'.repeat(LENGTH / 4), 'b\na\na\n'.repeat(LENGTH / 6)],
    ['one letter, twice as often', 'a'.repeat(LENGTH), 'a'.repeat(2 * LENGTH)],
    ['pairs of surrogates', '😀😁'.repeat(LENGTH / 4), `${'😁😀'.repeat(LENGTH / 4)}x`],
    ['nothing left', WORDS.join('\n'), ''],
  ])('ends soon and is right: %s', (_name, from, to) => {
    const before = process.cpuUsage()
    const changes = diffTexts(from, to)
    const { user, system } = process.cpuUsage(before)
    expect((user + system) / 1000).toBeLessThan(CPU_MS_MAX)
    expect(changes.apply(toText(from)).sliceString(0) === to).toBe(true)
  })

  test('keeps what nobody changed, in each of a thousand lines', () => {
    const from = WORDS.slice(0, 1000).join('\n')
    const changes = diffTexts(from, from.replaceAll(' of ', ' for '))
    expect(replacements(changes)).toHaveLength(1000)
    for (const { from: begin, to } of replacements(changes)) expect(to - begin).toBeLessThan(3)
  })

  test.each([
    ['one long line of noise', noise(1), noise(2)],
    ['lines in another order', WORDS.join('\n'), SHUFFLED.join('\n')],
    ['two letters, shifted', 'ab'.repeat(LENGTH / 2), `x${'ba'.repeat(LENGTH / 2)}`],
  ])('pauses again and again, so that others go on: %s', (_name, from, to) => {
    const budget = { left: COMPARISONS }
    const steps = diffCharacters(from, to, budget)
    const taken: number[] = []
    for (let before = budget.left; steps.next().done !== true; before = budget.left)
      taken.push(before - budget.left)
    expect(taken.length).toBeGreaterThanOrEqual(4)
    expect(Math.max(...taken)).toBeLessThan(COMPARISONS_MAX)
  })

  test('with nothing left to look for says what lies between the common beginning and end', () => {
    const changes = diffTexts('one\ntwo\nthree\nfour\n', 'one\n2\nthree\n4\n', 0)
    expect(replacements(changes).map(({ from, to }) => [from, to])).toEqual([[4, 18]])
  })
})

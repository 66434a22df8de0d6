import {
  type DiffBudget,
  diffSequences,
  isPauseDue,
  type Replacement,
  shortestReplacements,
} from './sequence-diff.ts'
import type { Steps } from './steps.ts'

/** Lines, or words, that two texts are compared by; what has more is replaced as one. Some 50 ms to tell apart. */
const TOKENS_MAX = 400_000

/** Telling a token apart costs as much as so many comparisons: it is hashed. */
const TOKEN_COST = 10

/** Of the budget that is left, for the characters of one piece. */
const CHARACTERS_SHARE = 0.15

/** Where the token that begins at an offset ends. */
type TokenEnd = (text: string, from: number) => number

/**
 * How to make one text of another: by lines, and where lines were replaced by characters, or else by words. What the
 * budget does not reach is answered with whole lines, and in the end with one replacement of what lies between the
 * common beginning and end. Its work is linear beside the budget, whatever the texts are, and in steps.
 */
export function* diffCharacters(
  from: string,
  to: string,
  budget: DiffBudget,
): Steps<readonly Replacement[]> {
  const { begin, end } = common(from, to)
  const span = { fromA: begin, toA: from.length - end, fromB: begin, toB: to.length - end }
  const found: Replacement[] = []
  if (isPauseDue(budget, begin + end)) yield
  for (const lines of yield* byTokens(from, to, { span, endOf: lineEnd, budget })) {
    for (const piece of yield* insideLines(from, to, { span: lines, budget })) found.push(piece)
  }
  return found
}

interface Part {
  readonly span: Replacement
  readonly budget: DiffBudget
}

function* insideLines(
  from: string,
  to: string,
  { span, budget }: Part,
): Steps<readonly Replacement[]> {
  if (isOneSided(span) || budget.left <= 0) return [span]
  const a = unitsOf(from.slice(span.fromA, span.toA))
  const b = unitsOf(to.slice(span.fromB, span.toB))
  // The rest is for words, and for the next lines.
  const leave = budget.left * (1 - CHARACTERS_SHARE)
  const found = yield* shortestReplacements(a, b, { budget, leave })
  if (found !== undefined) return found.map((piece) => moved(piece, span))
  return budget.left > 0 ? yield* byTokens(from, to, { span, endOf: wordEnd, budget }) : [span]
}

/** Pieces of whole tokens. */
function* byTokens(
  from: string,
  to: string,
  { span, endOf, budget }: Part & { readonly endOf: TokenEnd },
): Steps<readonly Replacement[]> {
  if (isOneSided(span)) return span.fromA === span.toA && span.fromB === span.toB ? [] : [span]
  const numbers = new Map<string, number>()
  const most = Math.min(TOKENS_MAX, budget.left / TOKEN_COST / 2)
  const options = { endOf, numbers, most, budget }
  const a = yield* tokensOf(from.slice(span.fromA, span.toA), options)
  const b = a && (yield* tokensOf(to.slice(span.fromB, span.toB), options))
  if (a === undefined || b === undefined) return [span]
  budget.left -= TOKEN_COST * (a.items.length + b.items.length)
  const found = yield* diffSequences(a.items, b.items, budget)
  return found.map((piece) => {
    const fromA = a.offsets[piece.fromA] ?? 0
    const toA = a.offsets[piece.toA] ?? 0
    const fromB = b.offsets[piece.fromB] ?? 0
    const toB = b.offsets[piece.toB] ?? 0
    return moved({ fromA, toA, fromB, toB }, span)
  })
}

interface Tokens {
  readonly items: Int32Array
  /** Where each begins, and the end. */
  readonly offsets: Int32Array
}

/** Equal tokens have the same number. Undefined where there are too many. */
function* tokensOf(
  text: string,
  options: {
    readonly endOf: TokenEnd
    readonly numbers: Map<string, number>
    readonly most: number
    readonly budget: DiffBudget
  },
): Steps<Tokens | undefined> {
  const { endOf, numbers, most, budget } = options
  const items: number[] = []
  const offsets: number[] = [0]
  for (let at = 0; at < text.length;) {
    if (items.length >= most) return undefined
    const end = endOf(text, at)
    if (isPauseDue(budget, TOKEN_COST + end - at)) yield
    const token = text.slice(at, end)
    const number = numbers.get(token) ?? numbers.size
    numbers.set(token, number)
    items.push(number)
    offsets.push(end)
    at = end
  }
  return { items: Int32Array.from(items), offsets: Int32Array.from(offsets) }
}

/** A line goes to the end of its line break; what a program changes of a text is mostly whole lines. */
function lineEnd(text: string, from: number): number {
  const at = text.indexOf('\n', from)
  return at === -1 ? text.length : at + 1
}

/** A word, a run of blanks, or one unit of another kind. */
function wordEnd(text: string, from: number): number {
  const kind = kindOf(text.charCodeAt(from))
  let at = from + 1
  if (kind !== 'other') while (at < text.length && kindOf(text.charCodeAt(at)) === kind) at++
  return at
}

/** All beyond ASCII is taken for letters. */
function kindOf(unit: number): 'letter' | 'blank' | 'other' {
  if (unit === 32 || unit === 9) return 'blank'
  const isLetter = (unit >= 65 && unit <= 90) || (unit >= 97 && unit <= 122)
  return isLetter || (unit >= 48 && unit <= 57) || unit === 95 || unit > 127 ? 'letter' : 'other'
}

function unitsOf(text: string): Uint16Array {
  const units = new Uint16Array(text.length)
  for (let at = 0; at < text.length; at++) units[at] = text.charCodeAt(at)
  return units
}

/** How many characters both begin and end with. */
function common(a: string, b: string): { readonly begin: number; readonly end: number } {
  const most = Math.min(a.length, b.length)
  let begin = 0
  while (begin < most && a.charCodeAt(begin) === b.charCodeAt(begin)) begin++
  let end = 0
  while (
    end < most - begin &&
    a.charCodeAt(a.length - 1 - end) === b.charCodeAt(b.length - 1 - end)
  ) {
    end++
  }
  return { begin, end }
}

function isOneSided({ fromA, toA, fromB, toB }: Replacement): boolean {
  return fromA === toA || fromB === toB
}

function moved(piece: Replacement, { fromA, fromB }: Replacement): Replacement {
  return {
    fromA: piece.fromA + fromA,
    toA: piece.toA + fromA,
    fromB: piece.fromB + fromB,
    toB: piece.toB + fromB,
  }
}

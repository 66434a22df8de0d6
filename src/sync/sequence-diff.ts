import type { Steps } from './steps.ts'

/** A piece of one sequence that stands in the place of a piece of another. Offsets are of the items. */
export interface Replacement {
  readonly fromA: number
  readonly toA: number
  readonly fromB: number
  readonly toB: number
}

/** Comparisons that are left. A diff that has none left answers with what it has: its work is bounded, not its time. */
export interface DiffBudget {
  left: number
  /** Comparisons since the last pause. */
  sincePause?: number
}

/** Comparisons between two pauses: some 2 ms, and 10 before the code is compiled. */
const PAUSE_EVERY = 100_000

/** True where a pause is due after so much more work: then yield. */
export function isPauseDue(budget: DiffBudget, work: number): boolean {
  budget.sincePause = (budget.sincePause ?? 0) + work
  if (budget.sincePause < PAUSE_EVERY) return false
  budget.sincePause = 0
  return true
}

/** Differences that the search looks for between two anchors; more are answered as one replacement. */
const DIFFERENCES_MAX = 1000

/** Looking for anchors costs as much as so many comparisons for each item. */
const PLACE_COST = 5

/** Trying one more difference costs as much as so many comparisons. */
const STEP_COST = 4

/** Anchors inside anchors; what is still apart after so many is searched, or replaced. */
const DEPTH_MAX = 24

interface Span extends Replacement {
  readonly depth: number
}

/**
 * How to make sequence b of sequence a: small where it can be found within the budget, never wrong. Items that stand
 * once in both are anchors (Cohen, patience diff); between them the shortest way is searched (Myers 1986).
 */
export function* diffSequences(
  a: Int32Array,
  b: Int32Array,
  budget: DiffBudget,
): Steps<readonly Replacement[]> {
  const found: Replacement[] = []
  const spans: Span[] = [{ fromA: 0, toA: a.length, fromB: 0, toB: b.length, depth: 0 }]
  for (let next = spans.pop(); next !== undefined; next = spans.pop()) {
    const span = trimmed(a, b, next)
    if (span.fromA === span.toA && span.fromB === span.toB) continue
    if (span.fromA === span.toA || span.fromB === span.toB || budget.left <= 0) {
      found.push(pieceOf(span))
      continue
    }
    const anchors = span.depth < DEPTH_MAX ? yield* anchorsOf(a, b, span, budget) : []
    if (anchors === undefined) {
      found.push(pieceOf(span))
      continue
    }
    const pieces =
      anchors.length > 0
        ? undefined
        : ((yield* shortest(a, b, { span, budget, leave: 0 })) ?? [pieceOf(span)])
    for (const piece of pieces ?? []) found.push(piece)
    if (pieces === undefined) for (const each of between(span, anchors).reverse()) spans.push(each)
  }
  return found
}

/**
 * The shortest way alone, for characters, which are no anchors. Undefined where it is too long, or would leave less than
 * `leave` of the budget.
 */
export function shortestReplacements(
  a: Uint16Array,
  b: Uint16Array,
  { budget, leave }: Pick<Search, 'budget' | 'leave'>,
): Steps<readonly Replacement[] | undefined> {
  const span = { fromA: 0, toA: a.length, fromB: 0, toB: b.length, depth: 0 }
  return shortest(a, b, { span, budget, leave })
}

/** Without what both begin and end with. */
function trimmed(a: ArrayLike<number>, b: ArrayLike<number>, span: Span): Span {
  let { fromA, toA, fromB, toB } = span
  while (fromA < toA && fromB < toB && a[fromA] === b[fromB]) {
    fromA++
    fromB++
  }
  while (fromA < toA && fromB < toB && a[toA - 1] === b[toB - 1]) {
    toA--
    toB--
  }
  return { fromA, toA, fromB, toB, depth: span.depth }
}

/**
 * Places (in a, in b) of the items that stand once in each, the most that are in one order. Undefined where nothing of
 * the one is in the other.
 */
function* anchorsOf(
  a: ArrayLike<number>,
  b: ArrayLike<number>,
  span: Span,
  budget: DiffBudget,
): Steps<readonly (readonly [number, number])[] | undefined> {
  budget.left -= PLACE_COST * (span.toA - span.fromA + (span.toB - span.fromB))
  if (isPauseDue(budget, PLACE_COST * (span.toB - span.fromB))) yield
  const inB = placesOfSingles(b, span.fromB, span.toB)
  if (isPauseDue(budget, PLACE_COST * (span.toA - span.fromA))) yield
  const inA = placesOfSingles(a, span.fromA, span.toA)
  const pairs: [number, number][] = []
  let isApart = true
  for (const [item, at] of inA) {
    const other = inB.get(item)
    if (other === undefined) continue
    isApart = false
    if (at >= 0 && other >= 0) pairs.push([at, other])
  }
  return isApart ? undefined : longestRising(pairs)
}

/** -1 for what stands there more than once. In the order of the first place. */
function placesOfSingles(items: ArrayLike<number>, from: number, to: number): Map<number, number> {
  const places = new Map<number, number>()
  for (let at = from; at < to; at++) {
    const item = items[at] ?? 0
    places.set(item, places.has(item) ? -1 : at)
  }
  return places
}

/** The longest subsequence that rises in b too; the pairs rise in a. Patience sorting, O(n log n). */
function longestRising(pairs: readonly [number, number][]): readonly (readonly [number, number])[] {
  const ends: number[] = []
  const before = new Int32Array(pairs.length)
  for (const [index, [, place]] of pairs.entries()) {
    let low = 0
    let high = ends.length
    while (low < high) {
      const middle = (low + high) >> 1
      if ((pairs[ends[middle] ?? 0]?.[1] ?? 0) < place) low = middle + 1
      else high = middle
    }
    before[index] = low > 0 ? (ends[low - 1] ?? -1) : -1
    ends[low] = index
  }
  const longest: [number, number][] = []
  for (let index = ends.at(-1) ?? -1; index >= 0; index = before[index] ?? -1) {
    const pair = pairs[index]
    if (pair !== undefined) longest.push(pair)
  }
  return longest.reverse()
}

function between(span: Span, anchors: readonly (readonly [number, number])[]): Span[] {
  const spans: Span[] = []
  let { fromA, fromB } = span
  const depth = span.depth + 1
  for (const [atA, atB] of anchors) {
    // Those that follow each other leave nothing between.
    if (atA > fromA || atB > fromB) spans.push({ fromA, toA: atA, fromB, toB: atB, depth })
    fromA = atA + 1
    fromB = atB + 1
  }
  spans.push({ fromA, toA: span.toA, fromB, toB: span.toB, depth })
  return spans
}

interface Search {
  readonly span: Span
  readonly budget: DiffBudget
  /** It ends where no more than this is left of the budget. */
  readonly leave: number
}

/** Myers' greedy search, forward, with its trace kept. Undefined where the budget or DIFFERENCES_MAX ends it. */
function* shortest(
  a: ArrayLike<number>,
  b: ArrayLike<number>,
  { span, budget, leave }: Search,
): Steps<readonly Replacement[] | undefined> {
  const lengthA = span.toA - span.fromA
  const lengthB = span.toB - span.fromB
  const most = Math.min(lengthA + lengthB, DIFFERENCES_MAX)
  const reach = new Int32Array(2 * most + 3)
  const trace: Int32Array[] = []
  for (let d = 0; d <= most; d++) {
    const before = budget.left
    for (let k = -d; k <= d; k += 2) {
      const down = reach[most + k + 2] ?? 0
      const right = reach[most + k] ?? 0
      let x = k === -d || (k !== d && right < down) ? down : right + 1
      const start = x
      let y = x - k
      while (x < lengthA && y < lengthB && a[span.fromA + x] === b[span.fromB + y]) {
        x++
        y++
      }
      budget.left -= x - start + STEP_COST
      reach[most + k + 1] = x
      if (x >= lengthA && y >= lengthB) return walkedBack(span, trace, d)
    }
    if (budget.left <= leave) return undefined
    if (isPauseDue(budget, before - budget.left)) yield
    trace.push(reach.slice(most - d, most + d + 3))
  }
  return undefined
}

/** The replacements on the way that ended after d differences. trace[d] holds the reach of diagonals -d-1 to d+1. */
function walkedBack(span: Span, trace: readonly Int32Array[], d: number): readonly Replacement[] {
  const found: Replacement[] = []
  let x = span.toA - span.fromA
  let y = span.toB - span.fromB
  for (let step = d; step > 0; step--) {
    const reach = trace[step - 1] ?? new Int32Array(0)
    const k = x - y
    // reach[i] is of diagonal i - step: diagonals -(step - 1) - 1 and on.
    const down = reach[k + 1 + step] ?? 0
    const right = reach[k - 1 + step] ?? 0
    const isDown = k === -step || (k !== step && right < down)
    const fromX = isDown ? down : right
    const fromY = fromX - (isDown ? k + 1 : k - 1)
    const toX = isDown ? fromX : fromX + 1
    const toY = isDown ? fromY + 1 : fromY
    add(found, {
      fromA: span.fromA + fromX,
      toA: span.fromA + toX,
      fromB: span.fromB + fromY,
      toB: span.fromB + toY,
    })
    x = fromX
    y = fromY
  }
  return found.reverse()
}

/** Found from behind: joined with the one behind it where they touch. */
function add(found: Replacement[], piece: Replacement): void {
  const behind = found.at(-1)
  if (behind?.fromA === piece.toA && behind.fromB === piece.toB) {
    found[found.length - 1] = { ...piece, toA: behind.toA, toB: behind.toB }
  } else found.push(piece)
}

function pieceOf({ fromA, toA, fromB, toB }: Span): Replacement {
  return { fromA, toA, fromB, toB }
}

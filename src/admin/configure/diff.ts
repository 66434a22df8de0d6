/** Unchanged lines that are shown around a change. */
const CONTEXT_LINES = 2
const LEFT_OUT = '  ...'

interface Line {
  readonly sign: ' ' | '-' | '+'
  readonly text: string
}

/**
 * The difference of two texts by lines, with what stands around it: `-` what goes, `+` what comes. For files of some
 * hundred lines: its time and memory are the product of their lengths. Empty where they are equal.
 */
export function diffLines(from: string, to: string): readonly string[] {
  if (from === to) return []
  const all = compare(splitLines(from), splitLines(to))
  const isNear = all.map((_line, index) =>
    all
      .slice(Math.max(0, index - CONTEXT_LINES), index + CONTEXT_LINES + 1)
      .some(({ sign }) => sign !== ' '),
  )
  const shown: string[] = []
  for (const [index, { sign, text }] of all.entries()) {
    if (isNear[index] === true) shown.push(`${sign} ${text}`)
    else if (shown.at(-1) !== LEFT_OUT) shown.push(LEFT_OUT)
  }
  return shown
}

function splitLines(text: string): string[] {
  return text === '' ? [] : text.replace(/\n$/, '').split('\n')
}

/** By the longest common subsequence. */
function compare(from: readonly string[], to: readonly string[]): readonly Line[] {
  // common[i][j]: how many lines from[i..] and to[j..] have in common.
  const common = Array.from({ length: from.length + 1 }, () => new Uint32Array(to.length + 1))
  const at = (i: number, j: number): number => common[i]?.[j] ?? 0
  for (let i = from.length - 1; i >= 0; i--) {
    const row = common[i]
    if (row === undefined) continue
    for (let j = to.length - 1; j >= 0; j--) {
      row[j] = from[i] === to[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1))
    }
  }
  const found: Line[] = []
  let i = 0
  let j = 0
  while (i < from.length || j < to.length) {
    const [gone, come] = [from[i], to[j]]
    if (gone !== undefined && gone === come) {
      found.push({ sign: ' ', text: gone })
      i++
      j++
    } else if (gone !== undefined && (come === undefined || at(i + 1, j) >= at(i, j + 1))) {
      found.push({ sign: '-', text: gone })
      i++
    } else if (come !== undefined) {
      found.push({ sign: '+', text: come })
      j++
    }
  }
  return found
}

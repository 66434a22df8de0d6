/** What a cell's text is, by the `%mode` that begins it. */
export type CellMode = 'code' | 'md' | 'html' | 'latex' | 'sh' | 'other'

const MODES: Readonly<Record<string, CellMode>> = {
  md: 'md',
  html: 'html',
  latex: 'latex',
  sh: 'sh',
  script: 'sh',
  python: 'code',
  python3: 'code',
  sage: 'code',
  time: 'code',
  timeit: 'code',
  auto: 'code',
  hide: 'code',
  hideall: 'code',
  capture: 'code',
  exercise: 'code',
  cython: 'code',
}

/** `%name`, alone in its line but for its arguments: it counts for the rest of the cell. */
const MODE_LINE = /^\s*%([a-zA-Z_][\w.]*)(\([^)\n]*\))?[^\S\n]*$/

/** Reads the lines at the top: `%auto` and such may stand before the mode. */
export function cellMode(text: string): CellMode {
  for (const line of text.slice(0, 500).split('\n')) {
    if (!line.trim()) continue
    const name = MODE_LINE.exec(line)?.[1]
    if (name === undefined) return 'code'
    const mode = Object.hasOwn(MODES, name) ? MODES[name] : 'other'
    if (mode !== 'code' && mode !== undefined) return mode
  }
  return 'code'
}

/** The change that makes a cell text (`%md`) or code (no mode), or undefined where it is already. */
export function modeChange(
  text: string,
  wanted: 'md' | 'code',
): { from: number; to: number; insert: string } | undefined {
  const mode = cellMode(text)
  if (mode === wanted) return undefined
  if (mode === 'code') return { from: 0, to: 0, insert: '%md\n' }
  const line = /^(?:\s*\n)*[^\S\n]*%[^\n]*\n?/.exec(text)
  return { from: 0, to: line?.[0].length ?? 0, insert: wanted === 'md' ? '%md\n' : '' }
}

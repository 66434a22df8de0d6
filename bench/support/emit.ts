/** One figure, and that of a peer which was measured in the same run. */
export interface Figure {
  readonly name: string
  readonly value: number
  /** ms, s, kB, ... */
  readonly unit: string
  readonly peer?: string
  readonly peer_value?: number
}

/** Prints a figure as a line of JSON; with a peer also `ratio`, ours by theirs: below 1 is better. */
export function emit(figure: Figure): void {
  const { value, peer_value } = figure
  const ratio = peer_value === undefined ? {} : { ratio: round(value / peer_value) }
  const line = { ...figure, value: round(value), ...ratio }
  process.stdout.write(`${JSON.stringify(line)}\n`)
}

/** Tells the person who waits; standard output is for programs. */
export function note(text: string): void {
  process.stderr.write(`${text}\n`)
}

/** Three figures that mean something. */
function round(value: number): number {
  return Number(value.toPrecision(4))
}

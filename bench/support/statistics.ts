/** The value at a share (0 to 1) of the sorted sample; the nearest one, never between two. */
export function percentile(sample: readonly number[], share: number): number {
  const sorted = sample.toSorted((a, b) => a - b)
  const value = sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))]
  if (value === undefined) throw new Error('a percentile of an empty sample')
  return value
}

export function median(sample: readonly number[]): number {
  return percentile(sample, 0.5)
}

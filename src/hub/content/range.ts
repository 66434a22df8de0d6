/**
 * A `Range` header of one range (RFC 9110, 14.1.2). Undefined: send the whole, also for what is not understood and
 * for several ranges, which no player needs.
 */
export function parseRange(
  header: string | undefined,
  sizeBytes: number,
): { readonly start: number; readonly length: number } | 'unsatisfiable' | undefined {
  const match = /^bytes=(\d*)-(\d*)$/.exec(header?.trim() ?? '')
  const [, first = '', last = ''] = match ?? []
  if (match === null || (first === '' && last === '')) return undefined
  if (first === '') {
    const length = Math.min(Number(last), sizeBytes)
    return length === 0 ? 'unsatisfiable' : { start: sizeBytes - length, length }
  }
  const start = Number(first)
  const end = last === '' ? sizeBytes - 1 : Math.min(Number(last), sizeBytes - 1)
  if (last !== '' && Number(last) < start) return undefined
  return start >= sizeBytes ? 'unsatisfiable' : { start, length: end - start + 1 }
}

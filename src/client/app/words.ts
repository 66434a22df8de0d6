/** A length of time in words, rounded up: `20 seconds`, `3 minutes`. */
export function durationText(durationMs: number): string {
  const seconds = Math.ceil(durationMs / 1000)
  if (seconds < 90) return plural(seconds, 'second')
  const minutes = Math.ceil(seconds / 60)
  if (minutes < 90) return plural(minutes, 'minute')
  const hours = Math.round(minutes / 60)
  return hours < 36 ? plural(hours, 'hour') : plural(Math.round(hours / 24), 'day')
}

/** How long ago, in words: `just now`, `3 minutes ago`, or the date. */
export function agoText(timeMs: number, nowMs: number): string {
  const ageMs = nowMs - timeMs
  if (ageMs < 60_000) return 'just now'
  if (ageMs < 14 * 86_400_000) return `${durationText(ageMs)} ago`
  return new Date(timeMs).toLocaleDateString()
}

export function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`
}

/** A size as people read it: `512 B`, `3.4 MB`. */
export function sizeText(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB']
  let value = bytes
  let unit = 0
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000
    unit++
  }
  const digits = unit === 0 || value >= 99.5 ? 0 : 1
  return `${value.toFixed(digits)} ${units[unit] ?? ''}`
}

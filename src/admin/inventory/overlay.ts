type Table = Readonly<Record<string, unknown>>

/** Lays one table over another: tables key by key, everything else whole. */
export function overlay(base: Table, over: Table): Table {
  const merged: Record<string, unknown> = { ...base }
  for (const [key, value] of Object.entries(over)) {
    const below = Object.hasOwn(base, key) ? base[key] : undefined
    merged[key] = isTable(below) && isTable(value) ? overlay(below, value) : value
  }
  return merged
}

/** The value at a path; undefined where there is none. */
export function valueAt(table: Table, path: readonly PropertyKey[]): unknown {
  let value: unknown = table
  for (const key of path) {
    if (Array.isArray(value) && typeof key === 'number') value = value[key]
    else if (isTable(value) && Object.hasOwn(value, key)) value = value[String(key)]
    else return undefined
  }
  return value
}

function isTable(value: unknown): value is Table {
  return (
    typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date)
  )
}

import type { Database } from '../port/database.ts'
import type { FactRows, FactTable, Scanner } from '../port/scan.ts'
import { COPY_RULES, FACT_TABLES } from './rules.ts'

/** A database, and how to read all of it. */
export interface CopySide {
  readonly database: Database
  readonly scanner: Scanner
}

/** How far a copy is: it goes on from here, also in another process. */
export type CopyState = Partial<Record<FactTable, CopyProgress>>

export interface CopyProgress {
  readonly rows: number
  /** Undefined: from the beginning. */
  readonly position?: string
  readonly done: boolean
}

/**
 * Copies all facts. Nobody may change them meanwhile. `save` is called after each page, and keeps the state.
 * @throws CodedError `not_empty` where the other one holds something else already
 */
export async function copyDatabase(
  from: CopySide,
  to: Database,
  state: CopyState,
  save: (state: CopyState, table: FactTable) => Promise<void>,
): Promise<CopyState> {
  let current = state
  for (const table of FACT_TABLES) {
    if (current[table]?.done === true) continue
    const databases = { from: from.database, to }
    const copied = copyTable(table, from.scanner[table], databases, current[table])
    for await (const progress of copied) {
      current = { ...current, [table]: progress }
      await save(current, table)
    }
  }
  return current
}

async function* copyTable<T extends FactTable>(
  table: T,
  scan: Scanner[T],
  sides: { readonly from: Database; readonly to: Database },
  before: CopyProgress | undefined,
): AsyncGenerator<CopyProgress> {
  const rule = COPY_RULES[table]
  const nowMs = Date.now()
  let rows = before?.rows ?? 0
  let position = before?.position
  for await (const page of scan(position)) {
    const lasting = page.rows.filter((row) => lasts<T>(table, row, nowMs))
    await rule.write(sides.to, lasting, sides.from)
    rows += lasting.length
    position = page.position
    yield { rows, position, done: false }
  }
  yield { rows, ...(position === undefined ? {} : { position }), done: true }
}

/** Whether the row is still of use then. */
export function lasts<T extends FactTable>(table: T, row: FactRows[T], thenMs: number): boolean {
  const { expiresMs } = COPY_RULES[table]
  return expiresMs === undefined || expiresMs(row) > thenMs
}

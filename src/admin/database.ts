import { existsSync, readFileSync, rmSync } from 'node:fs'
import { resolve } from 'node:path'
import { parseArgs } from 'node:util'

import { z } from 'zod'

import { copyDatabase } from '../database/copy/copy.ts'
import type { CopySide, CopyState } from '../database/copy/copy.ts'
import { FACT_TABLES } from '../database/copy/rules.ts'
import { compareDatabases } from '../database/copy/verify.ts'
import { writeFileAtomically } from './atomic-file.ts'
import { openSide } from './database-side.ts'
import { Failure } from './failure.ts'

const USAGE = `Usage: salvus database copy --from DATABASE --to DATABASE [--state FILE]
       salvus database compare --from DATABASE --to DATABASE

Copies a whole installation from one database to another, and compares them row by row. DATABASE is
  sqlite:PATH       a data directory, or a file
  cassandra:FILE    the configuration of a hub on Cassandra; \`salvus schema apply\` goes before
Stop all hubs first. What was interrupted goes on where it was when the same command is given again;
how far it is stands in FILE (./salvus-copy.json). The source is only read.
`

const progress = z.object({
  rows: z.int().min(0),
  position: z.string().optional(),
  done: z.boolean(),
})
const stateFile = z.object({
  from: z.string(),
  to: z.string(),
  tables: z.partialRecord(z.enum(FACT_TABLES), progress),
})

interface Sides {
  readonly from: string
  readonly to: string
  readonly state: string
}

/** `salvus database copy|compare`. */
export async function databaseCommand(args: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      from: { type: 'string' },
      to: { type: 'string' },
      state: { type: 'string', default: 'salvus-copy.json' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  })
  const [what] = positionals
  const { from, to, help } = values
  const known = what === 'copy' || what === 'compare'
  if (help || !known || positionals.length !== 1 || from === undefined || to === undefined) {
    process.stdout.write(USAGE)
    return help ? 0 : 2
  }
  const sides = { from, to, state: resolve(values.state) }
  await using source = await openSide(from, 'read')
  await using target = await openSide(to, what === 'copy' ? 'write' : 'read')
  if (what === 'copy') await copy(sides, source, target)
  return await compare(source, target)
}

async function copy(sides: Sides, source: CopySide, target: CopySide): Promise<void> {
  const { from, to, state } = sides
  const before = readState(sides)
  if (before === undefined && (await target.database.accounts.count()) > 0) {
    throw new Failure(
      `${to} holds accounts already.`,
      'Copy into an empty one; or name the state of the interrupted copy with --state FILE.',
    )
  }
  const save = async (tables: CopyState): Promise<void> => {
    writeFileAtomically(state, `${JSON.stringify({ from, to, tables })}\n`, 0o600)
  }
  // What is written into the target first says whose it is.
  await save(before ?? {})
  await copyDatabase(source, target.database, before ?? {}, async (tables, table) => {
    await save(tables)
    const { rows = 0, done = false } = tables[table] ?? {}
    if (done) process.stdout.write(`  ${table.padEnd(12)} ${rows} copied\n`)
    else if (process.stdout.isTTY) process.stdout.write(`  ${table.padEnd(12)} ${rows} ...\r`)
  })
  rmSync(state, { force: true })
}

/** Of the same copy; undefined where none was interrupted. */
function readState({ from, to, state }: Sides): CopyState | undefined {
  if (!existsSync(state)) return undefined
  const saved = stateFile.safeParse(JSON.parse(readFileSync(state, 'utf8')))
  if (!saved.success || saved.data.from !== from || saved.data.to !== to) {
    throw new Failure(
      `${state} is of another copy.`,
      'Remove it, or name another file with --state FILE.',
    )
  }
  const tables = Object.entries(saved.data.tables).map(([table, { rows, position, done }]) => [
    table,
    { rows, done, ...(position === undefined ? {} : { position }) },
  ])
  // The keys were parsed above.
  return Object.fromEntries(tables) as CopyState
}

async function compare(source: CopySide, target: CopySide): Promise<number> {
  let rows = 0
  let different = 0
  for await (const report of compareDatabases(source, target)) {
    rows += report.rows
    different += report.different.length
    if (report.different.length === 0) continue
    process.stdout.write(
      `  ${report.table}: ${report.rows} rows, ${report.otherRows} in the other\n`,
    )
    for (const line of report.different) process.stdout.write(`    ${line}\n`)
  }
  if (different > 0) {
    throw new Failure(
      'The databases differ, see above.',
      'Stop all hubs, and copy into an empty one.',
    )
  }
  process.stdout.write(`databases: the same ${rows} rows in ${FACT_TABLES.length} tables\n`)
  return 0
}

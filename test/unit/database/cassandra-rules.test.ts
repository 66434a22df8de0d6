import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

import { describe, expect, it } from 'vitest'

import { SCHEMA_STEPS, SCHEMA_TABLES } from '../../../src/database/cassandra/schema.ts'
import { readStatements, readTables } from './cassandra-statements.ts'
import type { Statement } from './cassandra-statements.ts'

/*
 * The rules for our tables, which CoCalc's Cassandra of 2014 broke one after another: read from the schema and from the
 * statements as they stand in the source.
 */

/** Why a partition of each table stays below 100 MB and 100,000 rows, or at least below the first. */
const BOUNDED: Readonly<Record<string, string>> = {
  accounts: 'one row',
  account_directory: 'a 256th of all accounts: 10,000 of 150 bytes each at 2.5 million',
  claims: 'one row',
  takes: 'one row',
  sessions: 'one row',
  sessions_by_account: 'sign-ins of one person within 180 days',
  tokens: 'one row',
  attempts: 'as many as the limit of the key lets through within its window',
  projects: 'one row',
  locations: 'one row',
  host_leases: 'one row',
  members_by_project: 'people of one project',
  projects_by_account: 'projects of one person: 10,000 are a megabyte',
  invitations: 'one row',
  invitations_by_project: '200 an hour and inviter, for some weeks',
  invitations_by_email: 'invitations of one address, which expire',
  blobs: 'one row',
  blob_chunks: 'one row of 256 kB',
  blob_holds: 'projects that have the same image: a copied worksheet',
  blobs_by_project: 'a 16th of the images of a project',
  blob_checks: 'a 16th of the images that lose a hold on one day',
  progress: 'one row',
  mails: 'one row',
  mails_by_hour: 'mails of one hour',
  mail_hours: 'hours: 8,760 a year',
  help_requests: 'one row',
  help_by_account: '20 an hour and person at most',
  help_by_month: 'requests of one month',
  due: 'one row',
  due_by_hour: 'what is due within one hour',
  due_hours: 'hours in which something is due; emptied ones are forgotten',
  file_use: 'what the people of one project did on one day',
  file_use_days: 'days: 400, then they expire',
  minutes: 'minutes of one hour times hubs: 60,000 with 1,000 hubs',
  schema_steps: 'steps of the schema',
  schema_lock: 'one row',
}

/** Tables, or columns of them, that only lightweight transactions may write: they do not see the others' writes. */
const DECIDED = ['claims', 'takes', 'locations', 'host_leases', 'schema_lock']

const tables = readTables([...SCHEMA_TABLES, ...SCHEMA_STEPS.flatMap((step) => step.statements)])
const folder = join(process.cwd(), 'src/database/cassandra')
const sources = readdirSync(folder).map((name) => readFileSync(join(folder, name), 'utf8'))
const scans = readStatements(readFileSync(join(folder, 'scan.ts'), 'utf8')).map(({ text }) => text)
const statements = sources.flatMap(readStatements).filter(({ table }) => !table.includes('.'))

describe('the tables of Cassandra', () => {
  it('are those of a list that says why each partition stays small', () => {
    expect([...tables.keys()].toSorted()).toEqual(Object.keys(BOUNDED).toSorted())
  })

  it('have no secondary index, no view, no counter, no collection, and no default time to live', () => {
    const text = [...SCHEMA_TABLES, ...SCHEMA_STEPS.flatMap((step) => step.statements)].join('\n')
    expect(text).not.toMatch(
      /CREATE (CUSTOM )?INDEX|MATERIALIZED|\bcounter\b|default_time_to_live/i,
    )
    expect(text).not.toMatch(/\b(set|list|map|frozen|vector)</i)
  })

  it('are made by steps that can be run again, numbered from 1 without a gap', () => {
    for (const statement of SCHEMA_STEPS.flatMap((step) => step.statements)) {
      expect(statement).toMatch(/^(CREATE TABLE IF NOT EXISTS|ALTER TABLE \w+ ADD IF NOT EXISTS)\b/)
    }
    const numbers = SCHEMA_STEPS.map((step) => step.number)
    expect(numbers).toEqual(numbers.map((_, index) => index + 1))
  })

  it('are in schema.cql as the steps make them', async () => {
    const steps = SCHEMA_STEPS.map(
      (step) => `-- step ${step.number}\n\n${step.statements.join(';\n\n')};\n`,
    )
    const text = [HEAD, `${SCHEMA_TABLES.join(';\n\n')};\n`, ...steps].join('\n')
    await expect(text).toMatchFileSnapshot('../../../src/database/cassandra/schema.cql')
  })
})

describe('the statements to Cassandra', () => {
  it('are all found in the source', () => {
    expect(statements.length).toBeGreaterThan(80)
    const marks = sources.join('').split('cql`').length - 1
    expect(sources.flatMap(readStatements)).toHaveLength(marks)
  })

  it('keep the rules', () => {
    expect(statements.flatMap((statement) => faultsOf(statement))).toEqual([])
    const texts = new Set(statements.map(({ text }) => text))
    expect(IN_A_DECISION.filter((text) => !texts.has(text))).toEqual([])
  })

  it.each([
    ['SELECT * FROM accounts WHERE account_id = ?', 'names no columns'],
    ['SELECT name FROM accounts WHERE name = ? ALLOW FILTERING', 'reads all partitions'],
    ['SELECT title FROM projects WHERE project_id IN (?, ?)', 'reads several partitions'],
    ['SELECT due_ms FROM due_by_hour WHERE kind = ?', 'no hour'],
    ['SELECT surname FROM accounts WHERE account_id = ?', 'no column surname'],
    ['UPDATE accounts SET name = ? WHERE account_id = ?', 'says no timestamp'],
    ['INSERT INTO claims (kind, name, owner) VALUES (?, ?, ?) USING TIMESTAMP ?', 'is no decision'],
    [
      'SELECT name FROM accounts WHERE token(account_id) > ? AND token(account_id) <= ?',
      'no account',
    ],
    ['SELECT id FROM queue WHERE id = ?', 'no table queue'],
  ])('a planted fault is found: %s', (text, fault) => {
    const planted = readStatements(`cql\`${text}\``)
    expect(planted.flatMap((statement) => faultsOf(statement)).join('\n')).toContain(fault)
  })
})

/** What a statement does that it must not. */
function faultsOf({ text, verb, table, restricted, columns, conditional }: Statement): string[] {
  const known = tables.get(table)
  if (known === undefined) return [`no table ${table}: ${text}`]
  const faults: string[] = []
  if (text.includes('SELECT *')) faults.push('names no columns')
  if (/ALLOW FILTERING/i.test(text)) faults.push('reads all partitions')
  if (/ IN \(/i.test(text)) faults.push('reads several partitions')
  // A part of the ring, which is read when a whole installation is copied, and never by a hub.
  const key = `token(${known.partition.join(', ')})`
  const isScan = scans.includes(text) && text.endsWith(`WHERE ${key} > ? AND ${key} <= ?`)
  if (verb !== 'INSERT' && !isScan) {
    const missing = known.partition.filter((column) => !restricted.includes(column))
    faults.push(...missing.map((column) => `no ${column}`))
  }
  const unknown = columns.filter((name) => !known.columns.includes(name))
  faults.push(...unknown.map((name) => `no column ${name}`))
  const decided = conditional || IN_A_DECISION.includes(text)
  if (verb !== 'SELECT' && !decided) {
    if (DECIDED.includes(table)) faults.push('is no decision')
    if (!text.includes('USING TIMESTAMP')) faults.push('says no timestamp')
  }
  return faults.map((fault) => `${fault}: ${text}`)
}

/** Rows that change in one lightweight transaction with the version of their partition. */
const IN_A_DECISION = [
  'INSERT INTO members_by_project (project_id, account_id, role, since_ms) VALUES (?, ?, ?, ?)',
  'DELETE FROM members_by_project WHERE project_id = ? AND account_id = ?',
]

const HEAD = `-- The tables of Salvus in Cassandra, as \`salvus schema apply\` makes them. Made from schema.ts:
-- \`npx vitest run test/unit/database -u\` writes this file anew.
`

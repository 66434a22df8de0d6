import { CodedError } from '../../util/coded-error.ts'
import { inParallel } from '../in-parallel.ts'
import type { Database } from '../port/database.ts'
import type { MemberRow } from '../port/membership.ts'
import type { FactRows, FactTable } from '../port/scan.ts'

const DAY_MS = 24 * 60 * 60_000
/** As long as the databases keep what was done with files, and the statistics. */
const KEPT_MS = 400 * DAY_MS
/** Members that are changed at once: what one change carries is bounded. */
const MEMBERS_AT_ONCE = 50

/** How rows of a table come into another database. Each may be done again. */
interface Rule<R> {
  /** From then on the row is worth nothing: it is not copied, and not compared. */
  readonly expiresMs?: (row: R) => number
  readonly write: (to: Database, rows: readonly R[], from: Database) => Promise<void>
}

/** In the order in which they are copied: who may do what comes before what can be done. */
export const COPY_RULES: { readonly [T in FactTable]: Rule<FactRows[T]> } = {
  accounts: each((to, row) => to.accounts.create(row)),
  claims: each(async (to, { kind, name, owner, claimedMs }) => {
    const held = await to.claims.claim(kind, name, owner, claimedMs)
    if (held.owner !== owner) throw notEmpty(`${kind} ${name}`)
  }),
  sessions: {
    expiresMs: (row) => row.endsMs,
    ...each((to, row) => to.sessions.create(row)),
  },
  tokens: {
    expiresMs: (row) => row.expiresMs,
    ...each((to, row) => to.tokens.create(row)),
  },
  projects: each((to, row) => to.projects.create(row)),
  members: { write: writeMembers },
  invitations: each((to, row) => to.invitations.create(row)),
  locations: each(async (to, row) => {
    const held = await to.locations.claim(row, undefined)
    if (held.host !== row.host || held.epoch !== row.epoch)
      throw notEmpty(`place of ${row.projectId}`)
  }),
  leases: each(async (to, row) => {
    const held = await to.leases.take(row, undefined)
    if (held.epoch !== row.epoch || held.beat !== row.beat) throw notEmpty(`lease of ${row.host}`)
  }),
  blobs: each(async (to, row, from) => {
    const chunks: Uint8Array[] = []
    for await (const chunk of from.blobs.read(row.sha256)) chunks.push(chunk)
    await to.blobs.put(row, Buffer.concat(chunks))
  }),
  holds: {
    expiresMs: (row) => row.untilMs ?? Infinity,
    ...each((to, row) => to.blobs.hold(row.projectId, row.sha256, row.untilMs)),
  },
  mails: {
    expiresMs: (row) => (row.state === 'sent' ? 0 : Infinity),
    ...each((to, row) => to.mail.put(row)),
  },
  help: each((to, row) => to.help.put(row)),
  due: each((to, row) => to.due.put(row)),
  fileUse: {
    expiresMs: (row) => row.timeMs + KEPT_MS,
    ...each((to, row) => to.fileUse.record(row)),
  },
  minutes: {
    expiresMs: (row) => row.timeMs + KEPT_MS,
    ...each((to, row) => to.statistics.put(row)),
  },
}

// The keys of the table above, and nothing else.
export const FACT_TABLES = Object.keys(COPY_RULES) as readonly FactTable[]

function each<R>(write: (to: Database, row: R, from: Database) => Promise<unknown>): Rule<R> {
  return {
    write: async (to, rows, from) => {
      await inParallel(rows, (row) => write(to, row, from))
    },
  }
}

async function writeMembers(to: Database, rows: readonly MemberRow[]): Promise<void> {
  const projects = new Map<string, MemberRow[]>()
  for (const row of rows) {
    const members = projects.get(row.projectId) ?? []
    members.push(row)
    projects.set(row.projectId, members)
  }
  await inParallel([...projects.keys()], async (projectId) => {
    const members = projects.get(projectId) ?? []
    for (let first = 0; first < members.length; first += MEMBERS_AT_ONCE) {
      await putMembers(to, projectId, members.slice(first, first + MEMBERS_AT_ONCE))
    }
  })
}

async function putMembers(
  to: Database,
  projectId: string,
  members: readonly MemberRow[],
): Promise<void> {
  const { version } = await to.membership.ofProject(projectId)
  const changes = members.map((member) => ({ kind: 'put' as const, member }))
  if ((await to.membership.change(projectId, version, changes)) === 'conflict') {
    throw new CodedError('conflict', `somebody else changes the members of ${projectId}`)
  }
  for (const { accountId, hidden } of members) {
    if (hidden) await to.membership.setHidden(projectId, accountId, true)
  }
}

function notEmpty(what: string): CodedError<'not_empty'> {
  return new CodedError(
    'not_empty',
    `The database that is copied to holds another ${what} already.`,
  )
}

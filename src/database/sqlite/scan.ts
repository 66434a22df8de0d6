import { assert } from '../../util/assert.ts'
import type { ScanPage, Scanner } from '../port/scan.ts'
import { toAccount, toClaim } from './accounts.ts'
import { toFileUse, toMinute } from './activity.ts'
import { toBlob, toHold } from './blobs.ts'
import type { SqlConnection } from './connection.ts'
import { toInvitation } from './invitations.ts'
import { toLease } from './leases.ts'
import { toDue, toHelp, toMail } from './mail.ts'
import { toMember } from './membership.ts'
import { toLocation, toProject } from './projects.ts'
import { toSession, toStoredToken } from './sessions.ts'
import type { SqlRow, SqlValue } from './worker-protocol.ts'

const PAGE_ROWS = 500

/** Everything in the order of primary keys. */
export function sqliteScanner(connection: SqlConnection): Scanner {
  const scan =
    <R>(table: string, key: readonly string[], toRow: (row: SqlRow) => R) =>
    (from: string | undefined) =>
      pages(connection, { table, key, toRow }, from)
  return {
    accounts: scan('accounts', ['account_id'], toAccount),
    claims: scan('claims', ['kind', 'name'], toClaim),
    sessions: scan('sessions', ['token_hash'], toSession),
    tokens: scan('tokens', ['purpose', 'token_hash'], toStoredToken),
    projects: scan('projects', ['project_id'], toProject),
    members: scan('members', ['project_id', 'account_id'], toMember),
    invitations: scan('invitations', ['invitation_id'], toInvitation),
    locations: scan('locations', ['project_id'], toLocation),
    leases: scan('host_leases', ['host'], toLease),
    blobs: scan('blobs', ['sha256'], toBlob),
    holds: scan('blob_holds', ['sha256', 'project_id'], toHold),
    mails: scan('mails', ['mail_id'], toMail),
    help: scan('help_requests', ['help_request_id'], toHelp),
    due: scan('due', ['kind', 'id'], toDue),
    fileUse: scan('file_use', ['project_id', 'time_ms', 'account_id', 'path', 'action'], toFileUse),
    minutes: scan('minutes', ['time_ms', 'hub_id'], toMinute),
  }
}

async function* pages<R>(
  connection: SqlConnection,
  what: {
    readonly table: string
    readonly key: readonly string[]
    readonly toRow: (row: SqlRow) => R
  },
  from: string | undefined,
): AsyncGenerator<ScanPage<R>> {
  const { table, key, toRow } = what
  const columns = key.join(', ')
  const marks = key.map(() => '?').join(', ')
  for (let position = from; ;) {
    const after = position === undefined ? [] : parsePosition(position)
    const rows = await connection.all(
      `SELECT * FROM ${table} ${after.length === 0 ? '' : `WHERE (${columns}) > (${marks})`}
       ORDER BY ${columns} LIMIT ${PAGE_ROWS}`,
      ...after,
    )
    const last = rows.at(-1)
    if (last === undefined) return
    position = JSON.stringify(key.map((column) => last[column]))
    yield { rows: rows.map(toRow), position }
  }
}

function parsePosition(position: string): SqlValue[] {
  const values: unknown = JSON.parse(position)
  assert(Array.isArray(values), 'a position of a scan is the key of a row')
  return values.map((value) => (typeof value === 'number' ? value : String(value)))
}

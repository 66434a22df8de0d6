import type { DueKind } from '../port/due.ts'
import type { ScanPage, Scanner } from '../port/scan.ts'
import type { TokenPurpose } from '../port/tokens.ts'
import { toAccount } from './accounts.ts'
import { toFileUse, toMinute } from './activity.ts'
import { FOR_EVER_MS } from './blob-holds.ts'
import { toBlob } from './blobs.ts'
import { toClaim } from './claims.ts'
import { flag, integer, isSet, text, word } from './columns.ts'
import { cql } from './cql.ts'
import type { Cql, CqlConnection, CqlRow } from './cql.ts'
import { toHelp } from './help.ts'
import { inParallel } from '../in-parallel.ts'
import { toInvitation } from './invitations.ts'
import { toLease } from './leases.ts'
import { toLocation } from './locations.ts'
import { toMail } from './mail.ts'
import { toMember } from './membership-change.ts'
import { toProject } from './projects.ts'
import { toSession } from './sessions.ts'

/** The ring in equal parts: one of them is read at once, and is small at any size of an installation. */
const SLICES = 512
/** Parts of the ring that are one page. */
const PAGE_SLICES = 16
const RING_START = -(2n ** 63n)
const RING_LENGTH = 2n ** 64n

const CLAIM_KINDS = ['email', 'first_account'] as const
const DUE_KINDS: readonly DueKind[] = ['purge_project', 'send_mail']
const PURPOSES: readonly TokenPurpose[] = [
  'reset_password',
  'verify_email',
  'content_ticket',
  'content_access',
  'set_up',
  'used_invitation',
]

const ACCOUNTS = cql`
  SELECT account_id, name, email, email_verified, admin, settings, password_hash, password_changed_ms, created_ms
  FROM accounts WHERE token(account_id) > ? AND token(account_id) <= ?`
const CLAIMS = cql`
  SELECT kind, name, owner, claimed_ms FROM claims
  WHERE token(kind, name) > ? AND token(kind, name) <= ?`
const SESSIONS = cql`
  SELECT token_hash, session_id, account_id, created_ms, last_used_ms, ends_ms, browser, address
  FROM sessions WHERE token(token_hash) > ? AND token(token_hash) <= ?`
const TOKENS = cql`
  SELECT purpose, token_hash, created_ms, expires_ms, data FROM tokens
  WHERE token(purpose, token_hash) > ? AND token(purpose, token_hash) <= ?`
const PROJECTS = cql`
  SELECT project_id, title, description, created_ms, last_used_ms, deleted_ms
  FROM projects WHERE token(project_id) > ? AND token(project_id) <= ?`
const MEMBERS = cql`
  SELECT project_id, account_id, role, since_ms, hidden
  FROM members_by_project WHERE token(project_id) > ? AND token(project_id) <= ?`
const INVITATIONS = cql`
  SELECT invitation_id, project_id, email, role, inviter_id, created_ms, expires_ms
  FROM invitations WHERE token(invitation_id) > ? AND token(invitation_id) <= ?`
const LOCATIONS = cql`
  SELECT project_id, host, epoch, renewed_ms
  FROM locations WHERE token(project_id) > ? AND token(project_id) <= ?`
const LEASES = cql`
  SELECT host, epoch, holder, beat, term_ms FROM host_leases WHERE token(host) > ? AND token(host) <= ?`
const BLOBS = cql`
  SELECT sha256, content_type, size_bytes, created_ms
  FROM blobs WHERE token(sha256) > ? AND token(sha256) <= ?`
const HOLDS = cql`
  SELECT sha256, project_id, until_ms FROM blob_holds WHERE token(sha256) > ? AND token(sha256) <= ?`
const MAILS = cql`
  SELECT mail_id, created_ms, recipient, reply_to, subject, body, state, attempts, help_request_id
  FROM mails WHERE token(mail_id) > ? AND token(mail_id) <= ?`
const HELP = cql`
  SELECT help_request_id, created_ms, account_id, subject, body, attachments, from_name, from_email, state
  FROM help_requests WHERE token(help_request_id) > ? AND token(help_request_id) <= ?`
const DUE = cql`
  SELECT kind, id, due_ms, removed FROM due WHERE token(kind, id) > ? AND token(kind, id) <= ?`
const FILE_USE = cql`
  SELECT project_id, time_ms, account_id, path, action FROM file_use
  WHERE token(project_id, day) > ? AND token(project_id, day) <= ?`
const MINUTES = cql`
  SELECT time_ms, hub_id, clients, projects_running FROM minutes WHERE token(hour) > ? AND token(hour) <= ?`

/** Everything in the order of the ring. A row whose `mark` was never written is left over from one that was removed. */
export function cassandraScanner(connection: CqlConnection): Scanner {
  const scan =
    <R>(statement: Cql, mark: string, toRow: (row: CqlRow) => R) =>
    (from: string | undefined) =>
      pages(connection, { statement, mark, toRow }, from)
  return {
    accounts: scan(ACCOUNTS, 'created_ms', toAccount),
    claims: scan(CLAIMS, 'owner', (row) => ({
      ...toClaim(row),
      kind: word(row, 'kind', CLAIM_KINDS),
      name: text(row, 'name'),
    })),
    sessions: scan(SESSIONS, 'session_id', toSession),
    tokens: scan(TOKENS, 'data', (row) => ({
      purpose: word(row, 'purpose', PURPOSES),
      tokenHash: text(row, 'token_hash'),
      createdMs: integer(row, 'created_ms'),
      expiresMs: integer(row, 'expires_ms'),
      data: text(row, 'data'),
    })),
    projects: scan(PROJECTS, 'created_ms', toProject),
    members: scan(MEMBERS, 'role', (row) => toMember(text(row, 'project_id'), row)),
    invitations: scan(INVITATIONS, 'created_ms', toInvitation),
    locations: scan(LOCATIONS, 'host', toLocation),
    leases: scan(LEASES, 'holder', toLease),
    blobs: scan(BLOBS, 'created_ms', toBlob),
    holds: scan(HOLDS, 'until_ms', (row) => {
      const untilMs = integer(row, 'until_ms')
      return {
        projectId: text(row, 'project_id'),
        sha256: text(row, 'sha256'),
        untilMs: untilMs >= FOR_EVER_MS ? undefined : untilMs,
      }
    }),
    mails: scan(MAILS, 'state', toMail),
    help: scan(HELP, 'state', toHelp),
    due: scan(DUE, 'due_ms', (row) => ({
      kind: word(row, 'kind', DUE_KINDS),
      id: text(row, 'id'),
      dueMs: integer(row, 'due_ms'),
    })),
    fileUse: scan(FILE_USE, 'action', (row) => toFileUse(text(row, 'project_id'), row)),
    minutes: scan(MINUTES, 'clients', toMinute),
  }
}

async function* pages<R>(
  connection: CqlConnection,
  what: {
    readonly statement: Cql
    readonly mark: string
    readonly toRow: (row: CqlRow) => R
  },
  from: string | undefined,
): AsyncGenerator<ScanPage<R>> {
  const { statement, mark, toRow } = what
  for (let slice = Number(from ?? 0); slice < SLICES; slice += PAGE_SLICES) {
    const slices = Array.from({ length: PAGE_SLICES }, (_, index) => slice + index)
    const parts = await inParallel(slices, (one) =>
      connection.all(statement, boundary(one), boundary(one + 1)),
    )
    const rows = parts.flat().filter((row) => isSet(row, mark) && !flag(row, 'removed'))
    yield { rows: rows.map(toRow), position: String(slice + PAGE_SLICES) }
  }
}

/** As text: a token has more digits than a number of JavaScript counts. No row has the least one. */
function boundary(slice: number): string {
  const token = RING_START + (RING_LENGTH / BigInt(SLICES)) * BigInt(slice)
  return String(slice === SLICES ? token - 1n : token)
}

import type { SessionRow, SessionStore } from '../port/sessions.ts'
import { integer, isSet, text } from './columns.ts'
import { cql } from './cql.ts'
import type { CqlConnection, CqlRow, CqlStatement } from './cql.ts'
import { secondsUntil, stampOf } from './stamps.ts'

const BY_TOKEN = cql`
  SELECT token_hash, session_id, account_id, created_ms, last_used_ms, ends_ms, browser, address
  FROM sessions WHERE token_hash = ?`
const BY_ACCOUNT = cql`
  SELECT token_hash, session_id, account_id, created_ms, last_used_ms, ends_ms, browser, address
  FROM sessions_by_account WHERE account_id = ?`
const CREATE = cql`
  INSERT INTO sessions (token_hash, session_id, account_id, created_ms, last_used_ms, ends_ms, browser, address)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?) USING TIMESTAMP ? AND TTL ?`
const CREATE_BY_ACCOUNT = cql`
  INSERT INTO sessions_by_account
    (token_hash, session_id, account_id, created_ms, last_used_ms, ends_ms, browser, address)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?) USING TIMESTAMP ? AND TTL ?`
const TOUCH = cql`
  UPDATE sessions USING TIMESTAMP ? AND TTL ? SET last_used_ms = ?, address = ? WHERE token_hash = ?`
const TOUCH_BY_ACCOUNT = cql`
  UPDATE sessions_by_account USING TIMESTAMP ? AND TTL ? SET last_used_ms = ?, address = ?
  WHERE account_id = ? AND created_ms = ? AND token_hash = ?`
const REMOVE = cql`DELETE FROM sessions USING TIMESTAMP ? WHERE token_hash = ?`
const REMOVE_BY_ACCOUNT = cql`
  DELETE FROM sessions_by_account USING TIMESTAMP ?
  WHERE account_id = ? AND created_ms = ? AND token_hash = ?`

/** The end of a session comes after whatever a hub with a clock ahead wrote into it. */
const SKEW_MS = 24 * 60 * 60_000

/** Ended ones expire. A touch that comes after the removal leaves a row without a session in it: there is none. */
export function sessionStore(connection: CqlConnection): SessionStore {
  return {
    create: async (row) => {
      const args = [...values(row), stampOf(row.createdMs), secondsUntil(row.endsMs)]
      await connection.batch([
        { cql: CREATE, args },
        { cql: CREATE_BY_ACCOUNT, args },
      ])
    },
    byToken: async (tokenHash) => {
      const row = await connection.first(BY_TOKEN, tokenHash)
      return row && isSet(row, 'session_id') ? toSession(row) : undefined
    },
    ofAccount: async (accountId) =>
      (await connection.all(BY_ACCOUNT, accountId))
        .filter((row) => isSet(row, 'session_id'))
        .map(toSession),
    touch: async (row, use) => {
      const { accountId, createdMs, tokenHash } = row
      const stamp = stampOf(use.lastUsedMs)
      const args = [stamp, secondsUntil(row.endsMs), use.lastUsedMs, use.address]
      await connection.batch([
        { cql: TOUCH, args: [...args, tokenHash] },
        { cql: TOUCH_BY_ACCOUNT, args: [...args, accountId, createdMs, tokenHash] },
      ])
    },
    remove: (rows) => connection.batch(rows.flatMap(removal)),
    removeEnded: async () => undefined,
  }
}

function removal({ accountId, createdMs, lastUsedMs, tokenHash }: SessionRow): CqlStatement[] {
  const stamp = stampOf(Math.max(createdMs, lastUsedMs, Date.now()) + SKEW_MS)
  return [
    { cql: REMOVE, args: [stamp, tokenHash] },
    { cql: REMOVE_BY_ACCOUNT, args: [stamp, accountId, createdMs, tokenHash] },
  ]
}

/** In the order of the columns in CREATE. */
function values(row: SessionRow): (string | number)[] {
  const { tokenHash, sessionId, accountId, createdMs, lastUsedMs, endsMs, browser, address } = row
  return [tokenHash, sessionId, accountId, createdMs, lastUsedMs, endsMs, browser, address]
}

export function toSession(row: CqlRow): SessionRow {
  return {
    sessionId: text(row, 'session_id'),
    accountId: text(row, 'account_id'),
    tokenHash: text(row, 'token_hash'),
    createdMs: integer(row, 'created_ms'),
    lastUsedMs: integer(row, 'last_used_ms'),
    endsMs: integer(row, 'ends_ms'),
    browser: text(row, 'browser'),
    address: text(row, 'address'),
  }
}

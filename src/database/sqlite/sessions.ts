import type { SessionRow, SessionStore } from '../port/sessions.ts'
import type { TokenRow, TokenStore } from '../port/tokens.ts'
import { integer, text, word } from './columns.ts'
import type { SqlConnection } from './connection.ts'
import type { SqlRow } from './worker-protocol.ts'

export function sessionStore(connection: SqlConnection): SessionStore {
  return {
    create: (row) =>
      connection.run(
        `INSERT INTO sessions (token_hash, session_id, account_id, created_ms, last_used_ms, ends_ms, browser, address)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
        row.tokenHash,
        row.sessionId,
        row.accountId,
        row.createdMs,
        row.lastUsedMs,
        row.endsMs,
        row.browser,
        row.address,
      ),
    byToken: async (tokenHash) => {
      const row = await connection.first('SELECT * FROM sessions WHERE token_hash = ?', tokenHash)
      return row && toSession(row)
    },
    ofAccount: async (accountId) => {
      const rows = await connection.all(
        'SELECT * FROM sessions WHERE account_id = ? ORDER BY created_ms DESC',
        accountId,
      )
      return rows.map(toSession)
    },
    touch: (row, use) =>
      connection.run(
        'UPDATE sessions SET last_used_ms = ?, address = ? WHERE token_hash = ?',
        use.lastUsedMs,
        use.address,
        row.tokenHash,
      ),
    remove: async (rows) => {
      await connection.batch(
        rows.map((row) => ({
          sql: 'DELETE FROM sessions WHERE token_hash = ?',
          args: [row.tokenHash],
        })),
      )
    },
    removeEnded: (beforeMs) => connection.run('DELETE FROM sessions WHERE ends_ms < ?', beforeMs),
  }
}

export function tokenStore(connection: SqlConnection): TokenStore {
  return {
    create: (row) =>
      connection.run(
        `INSERT INTO tokens (purpose, token_hash, created_ms, expires_ms, data)
         VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
        row.purpose,
        row.tokenHash,
        row.createdMs,
        row.expiresMs,
        row.data,
      ),
    get: async (purpose, tokenHash) => {
      const row = await connection.first(
        'SELECT * FROM tokens WHERE purpose = ? AND token_hash = ?',
        purpose,
        tokenHash,
      )
      return row && toToken(row, purpose)
    },
    take: async (purpose, tokenHash) => {
      const row = await connection.first(
        'DELETE FROM tokens WHERE purpose = ? AND token_hash = ? RETURNING *',
        purpose,
        tokenHash,
      )
      return row && toToken(row, purpose)
    },
    removeExpired: (beforeMs) =>
      connection.run('DELETE FROM tokens WHERE expires_ms < ?', beforeMs),
  }
}

export function toSession(row: SqlRow): SessionRow {
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

function toToken(row: SqlRow, purpose: TokenRow['purpose']): TokenRow {
  return {
    purpose,
    tokenHash: text(row, 'token_hash'),
    createdMs: integer(row, 'created_ms'),
    expiresMs: integer(row, 'expires_ms'),
    data: text(row, 'data'),
  }
}

const PURPOSES = [
  'reset_password',
  'verify_email',
  'content_ticket',
  'content_access',
  'set_up',
  'used_invitation',
] as const

export function toStoredToken(row: SqlRow): TokenRow {
  return toToken(row, word(row, 'purpose', PURPOSES))
}

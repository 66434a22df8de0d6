import type { AccountRow, AccountStore } from '../port/accounts.ts'
import type { ClaimStore } from '../port/claims.ts'
import type { ClaimRow } from '../port/scan.ts'
import { assignments, flag, integer, text, word } from './columns.ts'
import type { SqlConnection } from './connection.ts'
import type { SqlRow } from './worker-protocol.ts'

const COLUMNS = {
  name: 'name',
  email: 'email',
  emailVerified: 'email_verified',
  admin: 'admin',
  settings: 'settings',
  passwordHash: 'password_hash',
  passwordChangedMs: 'password_changed_ms',
}

export function accountStore(connection: SqlConnection): AccountStore {
  const get = async (accountId: string): Promise<AccountRow | undefined> => {
    const row = await connection.first('SELECT * FROM accounts WHERE account_id = ?', accountId)
    return row && toAccount(row)
  }
  return {
    get,
    create: (row) =>
      connection.run(
        `INSERT INTO accounts (account_id, created_ms, name, email, email_verified, admin, settings,
           password_hash, password_changed_ms) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
         ON CONFLICT (account_id) DO NOTHING`,
        row.accountId,
        row.createdMs,
        ...assignments({ ...row }, COLUMNS).args,
      ),
    getMany: async (accountIds) =>
      (await Promise.all(accountIds.map(get))).filter((row) => row !== undefined),
    update: async (accountId, change) => {
      const { sql, args } = assignments(change, COLUMNS)
      if (sql !== '') {
        await connection.run(`UPDATE accounts SET ${sql} WHERE account_id = ?`, ...args, accountId)
      }
    },
    search: async (part, limit) => {
      const rows = await connection.all(
        `SELECT * FROM accounts WHERE instr(lower(name), ?1) > 0 OR instr(lower(email), ?1) > 0
         ORDER BY created_ms LIMIT ?2`,
        part.toLowerCase(),
        limit,
      )
      return rows.map(toAccount)
    },
    count: async () => {
      const row = await connection.first('SELECT count(*) AS accounts FROM accounts')
      return row ? integer(row, 'accounts') : 0
    },
  }
}

export function claimStore(connection: SqlConnection): ClaimStore {
  const get: ClaimStore['get'] = async (kind, name) => {
    const row = await connection.first(
      'SELECT owner, claimed_ms FROM claims WHERE kind = ? AND name = ?',
      kind,
      name,
    )
    return row && { owner: text(row, 'owner'), claimedMs: integer(row, 'claimed_ms') }
  }
  return {
    get,
    claim: async (kind, name, owner, nowMs) => {
      await connection.run(
        'INSERT INTO claims (kind, name, owner, claimed_ms) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING',
        kind,
        name,
        owner,
        nowMs,
      )
      return (await get(kind, name)) ?? { owner, claimedMs: nowMs }
    },
    release: (kind, name, owner) =>
      connection.run(
        'DELETE FROM claims WHERE kind = ? AND name = ? AND owner = ?',
        kind,
        name,
        owner,
      ),
  }
}

export function toAccount(row: SqlRow): AccountRow {
  return {
    accountId: text(row, 'account_id'),
    name: text(row, 'name'),
    email: text(row, 'email'),
    emailVerified: flag(row, 'email_verified'),
    admin: flag(row, 'admin'),
    settings: text(row, 'settings'),
    passwordHash: text(row, 'password_hash'),
    passwordChangedMs: integer(row, 'password_changed_ms'),
    createdMs: integer(row, 'created_ms'),
  }
}

export function toClaim(row: SqlRow): ClaimRow {
  return {
    kind: word(row, 'kind', CLAIM_KINDS),
    name: text(row, 'name'),
    owner: text(row, 'owner'),
    claimedMs: integer(row, 'claimed_ms'),
  }
}

const CLAIM_KINDS = ['email', 'first_account'] as const

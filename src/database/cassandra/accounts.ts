import type { AccountRow, AccountStore } from '../port/accounts.ts'
import { createDirectory, renewEntry } from './account-directory.ts'
import { flag, integer, isSet, text } from './columns.ts'
import { cql } from './cql.ts'
import type { CqlConnection, CqlRow } from './cql.ts'
import { inParallel } from '../in-parallel.ts'
import { stampAfter, stampOf } from './stamps.ts'

const GET = cql`
  SELECT account_id, name, email, email_verified, admin, settings, password_hash, password_changed_ms, created_ms
  FROM accounts WHERE account_id = ?`
const WRITTEN = cql`
  SELECT account_id, name, email, created_ms, writetime(name) AS w1, writetime(email) AS w2,
    writetime(email_verified) AS w3, writetime(admin) AS w4, writetime(settings) AS w5,
    writetime(password_hash) AS w6, writetime(password_changed_ms) AS w7
  FROM accounts WHERE account_id = ?`
const CREATE = cql`
  INSERT INTO accounts (account_id, name, email, email_verified, admin, settings, password_hash,
    password_changed_ms, created_ms) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) USING TIMESTAMP ?`
const UPDATE = cql`
  UPDATE accounts USING TIMESTAMP ? SET name = ?, email = ?, email_verified = ?, admin = ?, settings = ?,
    password_hash = ?, password_changed_ms = ? WHERE account_id = ?`

export function accountStore(connection: CqlConnection): AccountStore {
  const directory = createDirectory(connection)
  const get = async (accountId: string): Promise<AccountRow | undefined> => {
    const row = await connection.first(GET, accountId)
    return row && isSet(row, 'created_ms') ? toAccount(row) : undefined
  }
  const getMany = async (accountIds: readonly string[]): Promise<AccountRow[]> =>
    (await inParallel(accountIds, get)).filter((row) => row !== undefined)
  return {
    get,
    getMany,
    create: async (row) => {
      if ((await get(row.accountId)) !== undefined) return
      const stamp = stampOf(row.createdMs)
      const { accountId, createdMs } = row
      await connection.batch([
        { cql: CREATE, args: [accountId, ...changeable(row), createdMs, stamp] },
        renewEntry(row, stamp),
      ])
    },
    update: async (accountId, change) => {
      const before = await connection.first(WRITTEN, accountId)
      if (before === undefined || !isSet(before, 'created_ms')) return
      const stamp = stampAfter(before, 'w1', 'w2', 'w3', 'w4', 'w5', 'w6', 'w7')
      const entry = {
        accountId,
        name: change.name ?? text(before, 'name'),
        email: change.email ?? text(before, 'email'),
        createdMs: integer(before, 'created_ms'),
      }
      const named = change.name !== undefined || change.email !== undefined
      await connection.batch([
        { cql: UPDATE, args: [stamp, ...changeable(change), accountId] },
        ...(named ? [renewEntry(entry, stamp)] : []),
      ])
    },
    search: async (part, limit) => getMany(await directory.search(part, limit)),
    count: () => directory.count(),
  }
}

/** In the order of the columns in CREATE and UPDATE. */
function changeable(row: Partial<AccountRow>): (string | boolean | number | undefined)[] {
  const { name, email, emailVerified, admin, settings, passwordHash, passwordChangedMs } = row
  return [name, email, emailVerified, admin, settings, passwordHash, passwordChangedMs]
}

export function toAccount(row: CqlRow): AccountRow {
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

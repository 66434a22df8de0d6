import type { AccountRow } from '../../src/database/port/accounts.ts'

/** The account of nobody in particular. */
export function accountRow(accountId: string): AccountRow {
  return {
    accountId,
    name: '',
    email: `${accountId}@example.org`,
    emailVerified: false,
    admin: false,
    settings: '{}',
    passwordHash: 'x',
    passwordChangedMs: 1,
    createdMs: Date.now(),
  }
}

import type { MemberRow, MembershipStore } from '../port/membership.ts'
import { integer, isSet, text } from './columns.ts'
import { cql } from './cql.ts'
import type { CqlConnection } from './cql.ts'
import { changeMembers, hideInProject, readMembers, toMember } from './membership-change.ts'
import { stampAfter } from './stamps.ts'

const OF = cql`
  SELECT stamp, account_id, role, since_ms, hidden, writetime(hidden) AS w1
  FROM members_by_project WHERE project_id = ? AND account_id = ?`
const OF_ACCOUNT = cql`
  SELECT account_id, project_id, role, since_ms, hidden FROM projects_by_account WHERE account_id = ?`
const HIDE_FROM_ACCOUNT = cql`
  UPDATE projects_by_account USING TIMESTAMP ? SET hidden = ? WHERE account_id = ? AND project_id = ?`

/** Both sides of the membership; `membership-change.ts` says how they stay together. */
export function membershipStore(connection: CqlConnection): MembershipStore {
  return {
    of: async (projectId, accountId) => {
      const row = await connection.first(OF, projectId, accountId)
      return row && isSet(row, 'role') ? toMember(projectId, row) : undefined
    },
    ofProject: async (projectId) => {
      const { version, members } = await readMembers(connection, projectId)
      return { version, members }
    },
    ofAccount: async (accountId): Promise<MemberRow[]> =>
      (await connection.all(OF_ACCOUNT, accountId))
        .filter((row) => isSet(row, 'role'))
        .map((row) => toMember(text(row, 'project_id'), row)),
    change: (projectId, version, changes) =>
      changeMembers(connection, projectId, { version, changes }),
    setHidden: async (projectId, accountId, hidden) => {
      const row = await connection.first(OF, projectId, accountId)
      if (row === undefined || !isSet(row, 'role')) return
      // After the row was put, and after it was hidden or shown before.
      const stamp = Math.max(stampAfter(row, 'w1'), integer(row, 'stamp') + 1)
      await connection.batch([
        hideInProject({ projectId, accountId }, hidden, stamp),
        { cql: HIDE_FROM_ACCOUNT, args: [stamp, hidden, accountId, projectId] },
      ])
    },
  }
}

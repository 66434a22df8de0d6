import type { MemberRow, MembershipChange, MembershipStore } from '../port/membership.ts'
import { flag, integer, text, word } from './columns.ts'
import type { SqlConnection } from './connection.ts'
import type { SqlRow, SqlStatement } from './worker-protocol.ts'

export const ROLES = ['owner', 'editor', 'viewer'] as const

export function membershipStore(connection: SqlConnection): MembershipStore {
  return {
    of: async (projectId, accountId) => {
      const row = await connection.first(
        'SELECT * FROM members WHERE project_id = ? AND account_id = ?',
        projectId,
        accountId,
      )
      return row && toMember(row)
    },
    ofProject: async (projectId) => {
      const [versions, members] = await connection.batch([
        { sql: 'SELECT version FROM membership_versions WHERE project_id = ?', args: [projectId] },
        {
          sql: 'SELECT * FROM members WHERE project_id = ? ORDER BY since_ms, account_id',
          args: [projectId],
        },
      ])
      const version = versions?.[0]
      return {
        version: version ? integer(version, 'version') : 0,
        members: (members ?? []).map(toMember),
      }
    },
    ofAccount: async (accountId) => {
      const rows = await connection.all('SELECT * FROM members WHERE account_id = ?', accountId)
      return rows.map(toMember)
    },
    change: async (projectId, version, changes) => {
      const done = await connection.tryBatch([
        raiseVersion(projectId, version),
        ...changes.map((change) => statementOf(projectId, change)),
      ])
      return done ? 'changed' : 'conflict'
    },
    setHidden: (projectId, accountId, hidden) =>
      connection.run(
        'UPDATE members SET hidden = ? WHERE project_id = ? AND account_id = ?',
        Number(hidden),
        projectId,
        accountId,
      ),
  }
}

function raiseVersion(projectId: string, version: number): SqlStatement {
  return version === 0
    ? {
        sql: 'INSERT INTO membership_versions (project_id, version) VALUES (?, 1) ON CONFLICT DO NOTHING',
        args: [projectId],
        mustChange: true,
      }
    : {
        sql: 'UPDATE membership_versions SET version = version + 1 WHERE project_id = ? AND version = ?',
        args: [projectId, version],
        mustChange: true,
      }
}

function statementOf(projectId: string, change: MembershipChange): SqlStatement {
  if (change.kind === 'remove') {
    return {
      sql: 'DELETE FROM members WHERE project_id = ? AND account_id = ?',
      args: [projectId, change.accountId],
    }
  }
  const { accountId, role, hidden, sinceMs } = change.member
  return {
    sql: `INSERT OR REPLACE INTO members (project_id, account_id, role, hidden, since_ms)
          VALUES (?, ?, ?, ?, ?)`,
    args: [projectId, accountId, role, Number(hidden), sinceMs],
  }
}

export function toMember(row: SqlRow): MemberRow {
  return {
    projectId: text(row, 'project_id'),
    accountId: text(row, 'account_id'),
    role: word(row, 'role', ROLES),
    hidden: flag(row, 'hidden'),
    sinceMs: integer(row, 'since_ms'),
  }
}

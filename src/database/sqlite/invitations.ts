import type { InvitationRow, InvitationStore } from '../port/invitations.ts'
import { integer, optionalText, text, word } from './columns.ts'
import type { SqlConnection } from './connection.ts'
import { ROLES } from './membership.ts'
import type { SqlRow } from './worker-protocol.ts'

export function invitationStore(connection: SqlConnection): InvitationStore {
  return {
    create: (row) =>
      connection.run(
        `INSERT INTO invitations (invitation_id, project_id, email, email_key, role, inviter_id, created_ms, expires_ms)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
        row.invitationId,
        row.projectId ?? null,
        row.email,
        row.email.toLowerCase(),
        row.role,
        row.inviterId,
        row.createdMs,
        row.expiresMs,
      ),
    get: async (invitationId) => {
      const row = await connection.first(
        'SELECT * FROM invitations WHERE invitation_id = ?',
        invitationId,
      )
      return row && toInvitation(row)
    },
    ofProject: async (projectId) => {
      const rows = await connection.all(
        'SELECT * FROM invitations WHERE project_id = ? ORDER BY created_ms DESC',
        projectId,
      )
      return rows.map(toInvitation)
    },
    ofEmail: async (email) => {
      const rows = await connection.all(
        'SELECT * FROM invitations WHERE email_key = ? ORDER BY created_ms DESC',
        email.toLowerCase(),
      )
      return rows.map(toInvitation)
    },
    take: async (invitationId) => {
      const row = await connection.first(
        'DELETE FROM invitations WHERE invitation_id = ? RETURNING *',
        invitationId,
      )
      return row && toInvitation(row)
    },
  }
}

export function toInvitation(row: SqlRow): InvitationRow {
  return {
    invitationId: text(row, 'invitation_id'),
    projectId: optionalText(row, 'project_id'),
    email: text(row, 'email'),
    role: word(row, 'role', ROLES),
    inviterId: text(row, 'inviter_id'),
    createdMs: integer(row, 'created_ms'),
    expiresMs: integer(row, 'expires_ms'),
  }
}

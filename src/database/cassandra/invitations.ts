import type { InvitationRow, InvitationStore } from '../port/invitations.ts'
import { integer, optionalText, text, word } from './columns.ts'
import { cql } from './cql.ts'
import type { CqlConnection, CqlRow, CqlStatement } from './cql.ts'
import { secondsUntil, stampOf } from './stamps.ts'
import { takeOnce } from './takes.ts'

const ROLES = ['owner', 'editor', 'viewer'] as const

const GET = cql`
  SELECT invitation_id, project_id, email, role, inviter_id, created_ms, expires_ms
  FROM invitations WHERE invitation_id = ?`
const OF_PROJECT = cql`
  SELECT invitation_id, project_id, email, role, inviter_id, created_ms, expires_ms
  FROM invitations_by_project WHERE project_id = ?`
const OF_EMAIL = cql`
  SELECT invitation_id, project_id, email, role, inviter_id, created_ms, expires_ms
  FROM invitations_by_email WHERE email_key = ?`
const CREATE = cql`
  INSERT INTO invitations (invitation_id, project_id, email, role, inviter_id, created_ms, expires_ms)
  VALUES (?, ?, ?, ?, ?, ?, ?) USING TIMESTAMP ? AND TTL ?`
const CREATE_OF_PROJECT = cql`
  INSERT INTO invitations_by_project
    (invitation_id, project_id, email, role, inviter_id, created_ms, expires_ms)
  VALUES (?, ?, ?, ?, ?, ?, ?) USING TIMESTAMP ? AND TTL ?`
const CREATE_OF_EMAIL = cql`
  INSERT INTO invitations_by_email
    (email_key, invitation_id, project_id, email, role, inviter_id, created_ms, expires_ms)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?) USING TIMESTAMP ? AND TTL ?`
const REMOVE = cql`DELETE FROM invitations USING TIMESTAMP ? WHERE invitation_id = ?`
const REMOVE_OF_PROJECT = cql`
  DELETE FROM invitations_by_project USING TIMESTAMP ?
  WHERE project_id = ? AND created_ms = ? AND invitation_id = ?`
const REMOVE_OF_EMAIL = cql`
  DELETE FROM invitations_by_email USING TIMESTAMP ?
  WHERE email_key = ? AND created_ms = ? AND invitation_id = ?`

/** An expired invitation is shown for so long, so that it can be sent again. */
const SHOWN_AFTER_MS = 30 * 24 * 60 * 60_000
/** Who took it stays known for longer than the invitation itself. */
const TAKEN_FOR_MS = 2 * 24 * 60 * 60_000

export function invitationStore(connection: CqlConnection): InvitationStore {
  const get: InvitationStore['get'] = async (invitationId) => {
    const row = await connection.first(GET, invitationId)
    return row && toInvitation(row)
  }
  return {
    get,
    create: (row) => connection.batch(creation(row)),
    ofProject: async (projectId) => (await connection.all(OF_PROJECT, projectId)).map(toInvitation),
    ofEmail: async (email) =>
      (await connection.all(OF_EMAIL, email.toLowerCase())).map(toInvitation),
    take: async (invitationId) => {
      const row = await get(invitationId)
      if (row === undefined) return undefined
      const ttlS = secondsUntil(goneMs(row) + TAKEN_FOR_MS)
      const taken = await takeOnce(connection, { kind: 'invitation', name: invitationId, ttlS })
      if (!taken) return undefined
      await connection.batch(removal(row))
      return row
    },
  }
}

export async function removeInvitations(
  connection: CqlConnection,
  projectId: string,
): Promise<void> {
  for (const row of await connection.all(OF_PROJECT, projectId)) {
    await connection.batch(removal(toInvitation(row)))
  }
}

function goneMs(row: InvitationRow): number {
  return Math.max(row.expiresMs, Date.now()) + SHOWN_AFTER_MS
}

function creation(row: InvitationRow): CqlStatement[] {
  const { invitationId, projectId, email, role, inviterId, createdMs, expiresMs } = row
  const facts = [invitationId, projectId, email, role, inviterId, createdMs, expiresMs]
  const args = [...facts, stampOf(createdMs), secondsUntil(goneMs(row))]
  return [
    { cql: CREATE, args },
    ...(projectId === undefined ? [] : [{ cql: CREATE_OF_PROJECT, args }]),
    { cql: CREATE_OF_EMAIL, args: [email.toLowerCase(), ...args] },
  ]
}

function removal({ invitationId, projectId, email, createdMs }: InvitationRow): CqlStatement[] {
  const stamp = stampOf(createdMs) + 1
  return [
    { cql: REMOVE, args: [stamp, invitationId] },
    ...(projectId === undefined
      ? []
      : [{ cql: REMOVE_OF_PROJECT, args: [stamp, projectId, createdMs, invitationId] }]),
    { cql: REMOVE_OF_EMAIL, args: [stamp, email.toLowerCase(), createdMs, invitationId] },
  ]
}

export function toInvitation(row: CqlRow): InvitationRow {
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

import { randomUUID } from 'node:crypto'

import { assert } from '../../util/assert.ts'
import type { MemberRow, MembershipChange } from '../port/membership.ts'
import { flag, integer, isSet, optionalInteger, optionalText, text, word } from './columns.ts'
import { cql } from './cql.ts'
import type { CqlConnection, CqlRow, CqlStatement } from './cql.ts'
import { stampOf } from './stamps.ts'

/*
 * The members of a project, and the projects of an account.
 *
 *   members_by_project   (project)  version stamp change_id pending settled | account -> role since hidden
 *   projects_by_account  (account)  project -> role since hidden
 *
 * A change is one lightweight transaction on the project's partition: the version rises by one, the rows change, and
 * `pending` says the same for the other side. A logged batch then writes the other side and `settled = stamp`. A hub
 * that dies in between leaves `settled` behind `stamp`: who reads the members next writes the other side.
 *
 * (M1) The project's side is the truth: every right follows from it, and no right from the other side.
 * (M2) The other side is written with the timestamp `stamp`, which rises with each version whatever clocks say: written
 *      late or twice, it ends as the newest version says.
 */

const ROLES = ['owner', 'editor', 'viewer'] as const

const READ = cql`
  SELECT version, stamp, change_id, pending, settled, account_id, role, since_ms, hidden
  FROM members_by_project WHERE project_id = ?`
const FIRST_VERSION = cql`
  UPDATE members_by_project SET version = 1, stamp = ?, change_id = ?, pending = ?
  WHERE project_id = ? IF version = null`
const NEXT_VERSION = cql`
  UPDATE members_by_project SET version = ?, stamp = ?, change_id = ?, pending = ?
  WHERE project_id = ? IF version = ?`
const PUT = cql`
  INSERT INTO members_by_project (project_id, account_id, role, since_ms) VALUES (?, ?, ?, ?)`
const REMOVE = cql`DELETE FROM members_by_project WHERE project_id = ? AND account_id = ?`
const PUT_OTHER = cql`
  INSERT INTO projects_by_account (account_id, project_id, role, since_ms, hidden) VALUES (?, ?, ?, ?, ?)
  USING TIMESTAMP ?`
const REMOVE_OTHER = cql`
  DELETE FROM projects_by_account USING TIMESTAMP ? WHERE account_id = ? AND project_id = ?`
const SETTLE = cql`
  UPDATE members_by_project USING TIMESTAMP ? SET settled = ? WHERE project_id = ?`
const HIDE = cql`
  UPDATE members_by_project USING TIMESTAMP ? SET hidden = ? WHERE project_id = ? AND account_id = ?`

/** What the other side of a version is to say: JSON in `pending`. */
type OtherSide = readonly (readonly [accountId: string, member: MemberRow | null])[]

/** A project's partition. */
export interface ProjectSide {
  readonly version: number
  readonly stamp: number
  readonly changeId: string | undefined
  readonly members: readonly MemberRow[]
}

/** Reads the members, and completes the other side of a change that was interrupted. */
export async function readMembers(
  connection: CqlConnection,
  projectId: string,
): Promise<ProjectSide> {
  return completed(connection, projectId, await connection.all(READ, projectId))
}

/** As `readMembers`, as all datacenters know it at this moment. */
export async function readDecidedMembers(
  connection: CqlConnection,
  projectId: string,
): Promise<ProjectSide> {
  return completed(connection, projectId, await connection.decided(READ, projectId))
}

/** Applies the changes where the version is still this one. */
export async function changeMembers(
  connection: CqlConnection,
  projectId: string,
  from: { readonly version: number; readonly changes: readonly MembershipChange[] },
): Promise<'changed' | 'conflict'> {
  const before = await readMembers(connection, projectId)
  if (before.version !== from.version) return conflict(connection, projectId)
  const changeId = randomUUID()
  const stamp = Math.max(stampOf(Date.now()), before.stamp + 1)
  const { version, changes } = from
  const other = changes.map((change) => otherSideOf(projectId, change, before))
  const raised = [stamp, changeId, JSON.stringify(other), projectId]
  const { applied } = await connection.decide([
    version === 0
      ? { cql: FIRST_VERSION, args: raised }
      : { cql: NEXT_VERSION, args: [version + 1, ...raised, version] },
    ...changes.map((change) => projectStatement(projectId, change)),
  ])
  if (!applied) {
    // It may be an earlier try of this change that was applied without an answer.
    const now = await readDecidedMembers(connection, projectId)
    return now.changeId === changeId ? 'changed' : 'conflict'
  }
  await connection.batch(settling(projectId, stamp, other))
  return 'changed'
}

/** All members of a project that goes. Its version stays, so that nothing decided before can bring them back. */
export async function removeMembers(connection: CqlConnection, projectId: string): Promise<void> {
  for (let tries = 0; tries < REMOVE_TRIES_MAX; tries++) {
    const { version, members } = await readDecidedMembers(connection, projectId)
    if (members.length === 0) return
    // A part at a time: what one transaction carries is bounded.
    const changes = members.slice(0, REMOVED_AT_ONCE).map(({ accountId }) => ({
      kind: 'remove' as const,
      accountId,
    }))
    await changeMembers(connection, projectId, { version, changes })
  }
}

const REMOVED_AT_ONCE = 50
/** 50,000 members; more, and it is done again later. */
const REMOVE_TRIES_MAX = 1_000

export function hideInProject(
  member: { readonly projectId: string; readonly accountId: string },
  hidden: boolean,
  stamp: number,
): CqlStatement {
  return { cql: HIDE, args: [stamp, hidden, member.projectId, member.accountId] }
}

export function toMember(projectId: string, row: CqlRow): MemberRow {
  return {
    projectId,
    accountId: text(row, 'account_id'),
    role: word(row, 'role', ROLES),
    hidden: flag(row, 'hidden'),
    sinceMs: integer(row, 'since_ms'),
  }
}

async function conflict(connection: CqlConnection, projectId: string): Promise<'conflict'> {
  // What is read here next must not be older than what was in the way.
  await readDecidedMembers(connection, projectId)
  return 'conflict'
}

async function completed(
  connection: CqlConnection,
  projectId: string,
  rows: readonly CqlRow[],
): Promise<ProjectSide> {
  const [head] = rows
  if (head === undefined || !isSet(head, 'version')) {
    return { version: 0, stamp: 0, changeId: undefined, members: [] }
  }
  const stamp = integer(head, 'stamp')
  const pending = optionalText(head, 'pending')
  if (pending !== undefined && optionalInteger(head, 'settled') !== stamp) {
    await connection.batch(settling(projectId, stamp, parseOtherSide(pending)))
  }
  const members = rows
    .filter((row) => isSet(row, 'role'))
    .map((row) => toMember(projectId, row))
    .toSorted((a, b) => a.sinceMs - b.sinceMs || (a.accountId < b.accountId ? -1 : 1))
  return {
    version: integer(head, 'version'),
    stamp,
    changeId: optionalText(head, 'change_id'),
    members,
  }
}

function otherSideOf(
  projectId: string,
  change: MembershipChange,
  before: ProjectSide,
): readonly [string, MemberRow | null] {
  if (change.kind === 'remove') return [change.accountId, null]
  const { accountId } = change.member
  const known = before.members.find((member) => member.accountId === accountId)
  // Who hides a project at this moment is not overruled by an older answer.
  return [accountId, { ...change.member, projectId, hidden: known?.hidden ?? change.member.hidden }]
}

function projectStatement(projectId: string, change: MembershipChange): CqlStatement {
  if (change.kind === 'remove') return { cql: REMOVE, args: [projectId, change.accountId] }
  const { accountId, role, sinceMs } = change.member
  return { cql: PUT, args: [projectId, accountId, role, sinceMs] }
}

function settling(projectId: string, stamp: number, other: OtherSide): CqlStatement[] {
  const statements = other.map(([accountId, member]) =>
    member === null
      ? { cql: REMOVE_OTHER, args: [stamp, accountId, projectId] }
      : {
          cql: PUT_OTHER,
          args: [accountId, projectId, member.role, member.sinceMs, member.hidden, stamp],
        },
  )
  return [...statements, { cql: SETTLE, args: [stamp, stamp, projectId] }]
}

function parseOtherSide(pending: string): OtherSide {
  const value: unknown = JSON.parse(pending)
  assert(Array.isArray(value), 'the column pending holds no list')
  // Written by `changeMembers` alone.
  return value as OtherSide
}

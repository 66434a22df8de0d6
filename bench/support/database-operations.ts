import { createHash } from 'node:crypto'

import type { Database } from '../../src/database/port/database.ts'

const DAY_MS = 24 * 60 * 60_000
const CONTENT = Buffer.alloc(100_000, 'x')

/** Makes what an operation needs, with an id of its own, and answers the operation alone. */
type Prepare = (id: string) => Promise<() => Promise<unknown>>

/** The operations of the port that people wait for, by name. */
export function databaseOperations(database: Database): Readonly<Record<string, Prepare>> {
  return { ...ofPeople(database), ...ofProjects(database), ...ofContent(database) }
}

function ofPeople({
  accounts,
  claims,
  sessions,
  tokens,
  attempts,
}: Database): Record<string, Prepare> {
  const session = (id: string) => {
    const nowMs = Date.now()
    const times = { createdMs: nowMs, lastUsedMs: nowMs, endsMs: nowMs + DAY_MS }
    return {
      sessionId: id,
      accountId: id,
      tokenHash: id,
      browser: 'Firefox',
      address: '::1',
      ...times,
    }
  }
  return {
    account_create: async (id) => () => accounts.create(account(id)),
    account_get: async (id) => {
      await accounts.create(account(id))
      return () => accounts.get(id)
    },
    account_update: async (id) => {
      await accounts.create(account(id))
      return () => accounts.update(id, { settings: '{"a":1}' })
    },
    claim: async (id) => () => claims.claim('email', id, id, 1),
    claim_get: async (id) => {
      await claims.claim('email', id, id, 1)
      return () => claims.get('email', id)
    },
    session_create: async (id) => () => sessions.create(session(id)),
    session_by_token: async (id) => {
      await sessions.create(session(id))
      return () => sessions.byToken(id)
    },
    token_take: async (id) => {
      const times = { createdMs: Date.now(), expiresMs: Date.now() + DAY_MS }
      await tokens.create({ purpose: 'content_ticket', tokenHash: id, data: '', ...times })
      return () => tokens.take('content_ticket', id)
    },
    attempt_record: async (id) => () =>
      attempts.record({
        key: id,
        attemptId: id,
        timeMs: Date.now(),
        expiresMs: Date.now() + DAY_MS,
      }),
    attempt_count: async (id) => () => attempts.count(id, 0, 100),
  }
}

function ofProjects(database: Database): Record<string, Prepare> {
  const { projects, membership, locations, leases, invitations } = database
  const put = (id: string) => {
    const member = {
      projectId: id,
      accountId: id,
      role: 'owner' as const,
      hidden: false,
      sinceMs: 1,
    }
    return membership.change(id, 0, [{ kind: 'put', member }])
  }
  const lease = (id: string) => ({ host: id, epoch: 1, holder: id, beat: 'a', termMs: 60_000 })
  return {
    project_create: async (id) => () => projects.create(project(id)),
    project_get: async (id) => {
      await projects.create(project(id))
      return () => projects.get(id)
    },
    members_change: async (id) => () => put(id),
    member_of: async (id) => {
      await put(id)
      return () => membership.of(id, id)
    },
    members_of_project: async (id) => {
      await put(id)
      return () => membership.ofProject(id)
    },
    projects_of_account: async (id) => {
      await put(id)
      return () => membership.ofAccount(id)
    },
    location_claim: async (id) => () =>
      locations.claim({ projectId: id, host: 'a', epoch: 1, renewedMs: 0 }, undefined),
    lease_renew: async (id) => {
      await leases.take(lease(id), undefined)
      return () => leases.renew({ ...lease(id), beat: 'b' })
    },
    invitation_create: async (id) => () =>
      invitations.create({
        invitationId: id,
        projectId: id,
        email: id,
        role: 'viewer',
        inviterId: id,
        createdMs: Date.now(),
        expiresMs: Date.now() + DAY_MS,
      }),
  }
}

function ofContent({ blobs, fileUse, due, mail }: Database): Record<string, Prepare> {
  const blob = (id: string) => ({
    sha256: createHash('sha256').update(id).digest('hex'),
    contentType: 'image/png',
    sizeBytes: CONTENT.length,
    createdMs: Date.now(),
  })
  return {
    blob_put_100kB: async (id) => () => blobs.put(blob(id), CONTENT),
    blob_hold: async (id) => () => blobs.hold(id, id, Date.now() + DAY_MS),
    blob_read_100kB: async (id) => {
      await blobs.put(blob(id), CONTENT)
      return async () => {
        for await (const chunk of blobs.read(blob(id).sha256)) if (chunk.length === 0) break
      }
    },
    file_use: async (id) => () =>
      fileUse.record({
        projectId: id,
        accountId: id,
        path: 'a',
        action: 'edit',
        timeMs: Date.now(),
      }),
    due_put: async (id) => () => due.put({ kind: 'send_mail', id, dueMs: Date.now() + DAY_MS }),
    mail_put: async (id) => () =>
      mail.put({
        mailId: id,
        createdMs: Date.now(),
        to: 'a@b.c',
        replyTo: undefined,
        subject: 'S',
        text: 'T',
        state: 'kept',
        attempts: 0,
        helpRequestId: undefined,
      }),
  }
}

function account(accountId: string) {
  return {
    accountId,
    name: 'Ada',
    email: `${accountId}@example.org`,
    emailVerified: true,
    admin: false,
    settings: '{}',
    passwordHash: '$argon2id$x',
    passwordChangedMs: 1,
    createdMs: Date.now(),
  }
}

function project(projectId: string) {
  const times = { createdMs: Date.now(), lastUsedMs: Date.now(), deletedMs: undefined }
  return { projectId, title: 'Calculus', description: '', ...times }
}

import { createHash, randomUUID } from 'node:crypto'

import type { Database } from '../../src/database/port/database.ts'

const DAY_MS = 24 * 60 * 60_000

/** Puts some of every kind of fact into a database; of accounts as many as are said. */
export async function fillDatabase(database: Database, accounts: number): Promise<void> {
  const nowMs = Date.now()
  for (let number = 0; number < accounts; number++) {
    const accountId = randomUUID()
    await addAccount(database, accountId, nowMs - number)
    await addProject(database, { accountId, other: randomUUID(), number }, nowMs)
  }
  await addPosts(database, nowMs)
}

async function addAccount(database: Database, accountId: string, nowMs: number): Promise<void> {
  const email = `${accountId}@example.org`
  await database.claims.claim('email', email, accountId, nowMs)
  await database.accounts.create({
    accountId,
    name: `Zoë "${accountId}"`,
    email,
    emailVerified: true,
    admin: false,
    settings: '{"theme":"dark"}',
    passwordHash: '$argon2id$x',
    passwordChangedMs: nowMs,
    createdMs: nowMs,
  })
  const session = { sessionId: randomUUID(), accountId, browser: 'Firefox', address: '::1' }
  const times = { createdMs: nowMs, lastUsedMs: nowMs, endsMs: nowMs + DAY_MS }
  await database.sessions.create({ ...session, ...times, tokenHash: randomUUID() })
  await database.sessions.create({ ...session, ...times, tokenHash: randomUUID(), endsMs: nowMs })
  const token = { purpose: 'reset_password', data: accountId, createdMs: nowMs } as const
  await database.tokens.create({ ...token, tokenHash: randomUUID(), expiresMs: nowMs + DAY_MS })
}

async function addProject(
  database: Database,
  who: { readonly accountId: string; readonly other: string; readonly number: number },
  nowMs: number,
): Promise<void> {
  const { accountId, other, number } = who
  const projectId = randomUUID()
  const deletedMs = number % 2 === 0 ? undefined : nowMs
  const facts = { title: 'Ünïcode', description: '\n', createdMs: 1, lastUsedMs: 2, deletedMs }
  await database.projects.create({ projectId, ...facts })
  const member = { projectId, accountId, role: 'owner' as const, hidden: false, sinceMs: nowMs }
  await database.membership.change(projectId, 0, [
    { kind: 'put', member },
    { kind: 'put', member: { ...member, accountId: other, role: 'viewer' } },
  ])
  await database.membership.setHidden(projectId, other, true)
  await database.locations.claim({ projectId, host: 'a', epoch: 1, renewedMs: 0 }, undefined)
  await database.locations.claim({ projectId, host: 'b', epoch: 2, renewedMs: 0 }, 1)
  const invitation = { email: `${other}@Example.org`, role: 'editor' as const, createdMs: nowMs }
  const rights = { inviterId: accountId, expiresMs: nowMs + DAY_MS }
  await database.invitations.create({ invitationId: other, projectId, ...invitation, ...rights })
  await addBlob(database, projectId, nowMs)
  const use = { projectId, accountId, path: 'a/ü b.sagews', timeMs: nowMs - number * DAY_MS }
  await database.fileUse.record({ ...use, action: 'edit' })
  await database.due.put({ kind: 'purge_project', id: projectId, dueMs: nowMs + number })
}

async function addBlob(database: Database, projectId: string, nowMs: number): Promise<void> {
  const content = Buffer.alloc(300_000, projectId)
  const sha256 = createHash('sha256').update(content).digest('hex')
  const row = { sha256, contentType: 'image/png', sizeBytes: content.length, createdMs: nowMs }
  await database.blobs.put(row, content)
  await database.blobs.hold(projectId, sha256, undefined)
  await database.blobs.hold(randomUUID(), sha256, nowMs + DAY_MS)
}

async function addPosts(database: Database, nowMs: number): Promise<void> {
  const letter = { createdMs: nowMs, to: 'a@b.c', subject: 'S', text: 'T', attempts: 1 }
  const replies = { replyTo: undefined, helpRequestId: 'h' }
  for (const state of ['kept', 'waiting', 'sent'] as const) {
    await database.mail.put({ mailId: randomUUID(), ...letter, ...replies, state })
  }
  const request = { subject: 'S', text: 'T', attachments: '{}', fromName: 'A', fromEmail: 'a@b.c' }
  for (const accountId of [randomUUID(), undefined]) {
    const facts = {
      helpRequestId: randomUUID(),
      createdMs: nowMs,
      accountId,
      state: 'kept' as const,
    }
    await database.help.put({ ...facts, ...request })
  }
  const lease = { host: randomUUID(), epoch: 3, holder: 'x', beat: 'y', termMs: 60_000 }
  await database.leases.take(lease, undefined)
  await database.statistics.put({ timeMs: nowMs, hubId: 'h', clients: 3, projectsRunning: 1 })
}

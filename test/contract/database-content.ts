import { randomUUID } from 'node:crypto'

import { expect, it } from 'vitest'

import type { Database } from '../../src/database/port/database.ts'
import { until } from '../support/until.ts'

const MINUTE_MS = 60_000
const DAY_MS = 24 * 60 * MINUTE_MS

export function blobsContract(database: () => Database): void {
  const collect = async (chunks: AsyncIterable<Uint8Array>): Promise<Buffer> => {
    const parts: Uint8Array[] = []
    for await (const chunk of chunks) parts.push(chunk)
    return Buffer.concat(parts)
  }

  it('keeps a blob of several chunks whole, once', async () => {
    const { blobs } = database()
    const content = Buffer.alloc(700_000, 'salvus')
    const row = {
      sha256: randomUUID(),
      contentType: 'image/png',
      sizeBytes: content.length,
      createdMs: Date.now(),
    }
    await blobs.put(row, content)
    await blobs.put(row, content)
    expect(await blobs.get(row.sha256)).toEqual(row)
    expect((await collect(blobs.read(row.sha256))).equals(content)).toBe(true)
    expect(await blobs.get('absent')).toBeUndefined()
  })

  it('lets a blob go when the last hold has ended, and never makes a hold shorter', async () => {
    const { blobs, projects } = database()
    const [a, b, c] = [randomUUID(), randomUUID(), randomUUID()]
    const nowMs = Date.now()
    const row = { sha256: randomUUID(), contentType: 'x/y', sizeBytes: 1, createdMs: nowMs }
    const unheld = { ...row, sha256: randomUUID() }
    await blobs.put(row, Buffer.from('x'))
    await blobs.put(unheld, Buffer.from('x'))
    await blobs.hold(a, row.sha256, nowMs + 1000)
    await blobs.hold(b, row.sha256, nowMs + DAY_MS)
    await blobs.hold(b, row.sha256, nowMs + 1000)
    await blobs.hold(c, row.sha256, undefined)
    await blobs.hold(c, row.sha256, nowMs + 1000)
    // The clock of the database: where rows expire by themselves, nobody can tell it another time.
    const left = await until(
      'the short hold is over',
      async () => {
        await blobs.removeExpired(Date.now())
        return (await blobs.holders(row.sha256)).toSorted()
      },
      (holders) => !holders.includes(a),
    )
    expect(left).toEqual([b, c].toSorted())
    expect(await blobs.isHeldBy(a, row.sha256)).toBe(false)
    expect(await blobs.isHeldBy(b, row.sha256)).toBe(true)
    await projects.purge(b)
    await projects.purge(c)
    expect(await blobs.holders(row.sha256)).toEqual([])
    await blobs.removeExpired(nowMs + 4 * DAY_MS)
    expect(await blobs.get(row.sha256)).toBeUndefined()
    expect(await blobs.get(unheld.sha256)).toBeUndefined()
    expect(await collect(blobs.read(row.sha256))).toHaveLength(0)
  })

  it('keeps a blob for as long as a project that holds it exists', async () => {
    const { blobs } = database()
    const row = { sha256: randomUUID(), contentType: 'x/y', sizeBytes: 1, createdMs: Date.now() }
    await blobs.put(row, Buffer.from('x'))
    await blobs.hold(randomUUID(), row.sha256, undefined)
    await blobs.removeExpired(Date.now() + 4 * DAY_MS)
    expect((await collect(blobs.read(row.sha256))).toString()).toBe('x')
  })
}

export function mailContract(database: () => Database): void {
  it('keeps mails and help requests with their state', async () => {
    const { mail, help } = database()
    const accountId = randomUUID()
    const row = {
      mailId: randomUUID(),
      createdMs: Date.now(),
      to: 'help@example.org',
      replyTo: undefined,
      subject: 'S',
      text: 'T',
      state: 'waiting' as const,
      attempts: 0,
      helpRequestId: undefined,
    }
    await mail.put(row)
    await mail.put({ ...row, state: 'kept', attempts: 2 })
    expect(await mail.get(row.mailId)).toEqual({ ...row, state: 'kept', attempts: 2 })
    expect(await mail.list('kept', 1000)).toContainEqual({ ...row, state: 'kept', attempts: 2 })
    expect(await mail.list('waiting', 1000)).not.toContainEqual(row)
    await mail.put({ ...row, state: 'sent' })
    expect(await mail.list('kept', 1000)).not.toContainEqual(
      expect.objectContaining({ mailId: row.mailId }),
    )
    await mail.removeSent(row.createdMs)
    expect(await mail.get(row.mailId)).toEqual({ ...row, state: 'sent' })

    const request = (createdMs: number) => ({
      helpRequestId: randomUUID(),
      createdMs,
      accountId,
      subject: 'S',
      text: 'T',
      attachments: '{}',
      fromName: 'A',
      fromEmail: 'a@example.org',
      state: 'waiting' as const,
    })
    const nowMs = Date.now()
    const [first, second] = [request(nowMs - 1), request(nowMs)]
    await help.put(first)
    await help.put(second)
    await help.put({ ...first, state: 'sent' })
    expect(await help.ofAccount(accountId, 10)).toEqual([second, { ...first, state: 'sent' }])
    expect(await help.list(1000)).toContainEqual(second)
  })

  it('answers what is due, the earliest first, with one time for each thing', async () => {
    const { due } = database()
    const [a, b] = [randomUUID(), randomUUID()]
    const nowMs = Date.now()
    const at = (id: string, dueMs: number) => ({ kind: 'purge_project' as const, id, dueMs })
    const mine = async () =>
      (await due.next('purge_project', 100)).filter(({ id }) => id === a || id === b)
    await due.put(at(a, nowMs + 90 * DAY_MS))
    await due.put(at(b, nowMs + 5))
    expect(await mine()).toEqual([at(b, nowMs + 5), at(a, nowMs + 90 * DAY_MS)])
    await due.put(at(a, nowMs + 3))
    await due.put(at(a, nowMs + 3))
    expect(await mine()).toEqual([at(a, nowMs + 3), at(b, nowMs + 5)])
    expect(await due.next('send_mail', 100)).not.toContainEqual(expect.objectContaining({ id: a }))
    await due.remove('purge_project', a)
    await due.remove('purge_project', a)
    expect(await mine()).toEqual([at(b, nowMs + 5)])
    await due.put(at(a, nowMs + 3))
    expect(await mine()).toEqual([at(a, nowMs + 3), at(b, nowMs + 5)])
    await due.remove('purge_project', a)
    await due.remove('purge_project', b)
    expect(await mine()).toEqual([])
  })
}

export function activityContract(database: () => Database): void {
  it('counts attempts within a window, no further than asked', async () => {
    const { attempts } = database()
    const key = randomUUID()
    const nowMs = Date.now()
    const record = (attemptId: string, timeMs: number) =>
      attempts.record({ key, attemptId, timeMs, expiresMs: timeMs + DAY_MS })
    await Promise.all(['a', 'b', 'c'].map((id, index) => record(id, nowMs + index)))
    await record('a', nowMs)
    expect(await attempts.count(key, 0, 100)).toBe(3)
    expect(await attempts.count(key, nowMs + 1, 100)).toBe(2)
    expect(await attempts.count(key, 0, 2)).toBe(2)
    await attempts.removeExpired(nowMs)
    expect(await attempts.count(key, 0, 100)).toBe(3)
    await attempts.forget(key)
    expect(await attempts.count(key, 0, 100)).toBe(0)
    await record('d', nowMs + 9)
    expect(await attempts.count(key, 0, 100)).toBe(1)
  })

  it('keeps the use of files and the minutes of each hub, newest first', async () => {
    const { fileUse, statistics } = database()
    const projectId = randomUUID()
    const use = (timeMs: number) => ({
      projectId,
      accountId: randomUUID(),
      path: 'a b/ü.sagews',
      action: 'edit' as const,
      timeMs,
    })
    const nowMs = Date.now()
    const [old, recent, last] = [use(nowMs - 2 * DAY_MS), use(nowMs - 1), use(nowMs)]
    for (const one of [recent, old, last]) await fileUse.record(one)
    expect(await fileUse.ofProject(projectId, 10)).toEqual([last, recent, old])
    expect(await fileUse.ofProject(projectId, 1)).toEqual([last])

    const hubId = randomUUID()
    const timeMs = Math.floor(nowMs / MINUTE_MS) * MINUTE_MS
    const minute = { timeMs, hubId, clients: 2, projectsRunning: 1 }
    const before = { ...minute, timeMs: timeMs - 90 * MINUTE_MS }
    await statistics.put(before)
    await statistics.put(minute)
    await statistics.put({ ...minute, clients: 3 })
    const since = async (fromMs: number) =>
      (await statistics.since(fromMs)).filter((row) => row.hubId === hubId)
    expect(await since(timeMs)).toEqual([{ ...minute, clients: 3 }])
    expect(await since(before.timeMs)).toEqual([{ ...minute, clients: 3 }, before])
  })
}

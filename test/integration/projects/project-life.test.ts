import { randomUUID } from 'node:crypto'
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'

import { processesOf } from '../../../src/project-server/isolation/end-processes.ts'
import type { Belonging } from '../../../src/project-server/isolation/end-processes.ts'
import type { Isolation } from '../../../src/messages/admin.ts'
import { projectId } from '../../../src/messages/ids.ts'
import type { ProjectId } from '../../../src/messages/ids.ts'
import { ProjectMember } from '../../support/project-member.ts'
import { buildRuntime } from '../../support/runtime.ts'
import type { TestRuntime } from '../../support/runtime.ts'
import { fileAppears, TestProjectServer } from '../../support/test-project-server.ts'

const ROOT = process.getuid?.() === 0
const KINDS: readonly Isolation[] = ROOT ? ['unix_user', 'bubblewrap', 'none'] : ['none']

let runtime: TestRuntime
beforeAll(async () => {
  runtime = await buildRuntime()
})
afterAll(async () => {
  await runtime[Symbol.asyncDispose]()
})

function newId(): ProjectId {
  return projectId.parse(randomUUID())
}

async function startServer(isolation: Isolation): Promise<TestProjectServer> {
  const server = await TestProjectServer.start(runtime.dir, isolation)
  onTestFinished(() => server[Symbol.asyncDispose]())
  return server
}

function homeOf(server: TestProjectServer, id: ProjectId): string {
  return join(server.dataDir, 'projects', id)
}

function belonging(server: TestProjectServer, id: ProjectId, isolation: Isolation): Belonging {
  return isolation === 'unix_user'
    ? { kind: 'uid', uid: statSync(homeOf(server, id)).uid }
    : { kind: 'mark', projectId: id }
}

describe.each(KINDS)('a project under %s', (isolation) => {
  it('starts in phases, answers its people, and leaves no process when it stops', async () => {
    const server = await startServer(isolation)
    const id = newId()
    const at = await server.start(id)
    expect(server.phases).toEqual(['creating', 'user', 'launching', 'local_hub'])
    const ada = await ProjectMember.join(id, at, { role: 'editor' })
    await ada.request('create_file', { path: 'a.txt', kind: 'file', text: 'hello' })
    expect(readFileSync(join(homeOf(server, id), 'a.txt'), 'utf8')).toBe('hello')

    // A process that leaves its terminal, its session and its parent.
    const type = await ada.openTerminal('t.term')
    type('(setsid sh -c "touch started; exec sleep 1000" >/dev/null 2>&1 &) ; echo do""ne')
    await fileAppears(join(homeOf(server, id), 'started'))
    await ada.until(() => ada.output.includes('done'))
    const whose = belonging(server, id, isolation)
    expect((await processesOf(whose)).length).toBeGreaterThan(3)
    await server.servers.stop('local', id)
    expect(await processesOf(whose)).toEqual([])
    expect(ada.lost).toBeDefined()
  })

  it('hides the database, the secrets and other projects from its terminals', async () => {
    if (isolation === 'none') return
    const server = await startServer(isolation)
    const [mine, other] = [newId(), newId()]
    await server.start(other)
    writeFileSync(join(homeOf(server, other), 'private.txt'), 'TOP SECRET')
    writeFileSync(join(server.dataDir, 'secrets', 'database.sqlite'), 'TOP SECRET', { mode: 0o600 })
    const ada = await ProjectMember.join(mine, await server.start(mine), { role: 'owner' })
    const type = await ada.openTerminal('t.term')
    const { dataDir } = server
    const tries = [
      join(homeOf(server, other), 'private.txt'),
      join(dataDir, 'secrets/database.sqlite'),
      server.secretFile,
      join(dataDir, 'run', mine, 'launcher.json'),
      '/proc/1/environ',
    ]
    for (const path of tries) type(`cat ${path} && echo RE""AD`)
    type(`ls ${dataDir}/projects && echo RE""AD; ls ${dataDir}/run/${other}/u && echo RE""AD`)
    type(`echo x > ${dataDir}/run/x && echo RE""AD; su root -c id </dev/null && echo RE""AD`)
    type('echo en""d')
    await ada.until(() => ada.output.includes('end'))
    const leaks = ada.output.split('\n').filter((line) => line.startsWith('READ'))
    // Of its namespace, process 1 is its own, and so is what lies over the data directory.
    if (isolation === 'unix_user') expect(leaks).toEqual([])
    expect(ada.output).not.toContain('TOP SECRET')
    expect(ada.output).not.toContain(server.secret)
    expect(existsSync(join(dataDir, 'run/x'))).toBe(false)
  })
})

describe.each(KINDS)('a worksheet under %s', (isolation) => {
  it('gets its Sage server, confined as the rest', async () => {
    const server = await startServer(isolation)
    const id = newId()
    const ada = await ProjectMember.join(id, await server.start(id), { role: 'editor' })
    await ada.request('create_file', { path: 'w.sagews', kind: 'file', text: '' })
    const { channel, kind } = await ada.request('open_document', { path: 'w.sagews' })
    expect(kind).toBe('worksheet')
    const { session } = await ada.request('restart_worksheet', { channel })
    expect(session).toMatchObject({ state: 'ready' })
  })
})

describe('what crashes', () => {
  it('is started again: the local hub, while the terminals go on', async () => {
    const server = await startServer(KINDS[0] ?? 'none')
    const id = newId()
    const at = await server.start(id)
    const ada = await ProjectMember.join(id, at, { role: 'editor' })
    const type = await ada.openTerminal('t.term')
    type('x=kept; echo $$ > shell.pid; touch ready')
    await fileAppears(join(homeOf(server, id), 'ready'))
    const shell = Number(readFileSync(join(homeOf(server, id), 'shell.pid'), 'utf8'))
    const [hub] = await pidsOf(belonging(server, id, KINDS[0] ?? 'none'), 'local-hub.js')
    process.kill(hub ?? 0, 'SIGKILL')
    await ada.until(() => ada.lost !== undefined)
    const again = await server.start(id)
    await reachable(id, again, async (back) => {
      const typeAgain = await back.openTerminal('t.term')
      typeAgain('echo "$x:$$"')
      await back.until(() => back.output.includes(`kept:${shell}`))
    })
    expect(server.states).not.toContain('failed')
  })

  it('is adopted: projects go on while their project server is killed and comes back', async () => {
    const server = await startServer(KINDS[0] ?? 'none')
    const id = newId()
    const at = await server.start(id)
    const ada = await ProjectMember.join(id, at, { role: 'editor' })
    await server.end('SIGKILL')
    await ada.request('create_file', { path: 'while-away.txt', kind: 'file' })
    server.run()
    expect(await server.start(id)).toEqual(at)
    expect(ada.lost).toBeUndefined()
    await server.servers.stop('local', id)
    expect(await processesOf(belonging(server, id, KINDS[0] ?? 'none'))).toEqual([])
  })

  it('is ended whole where it was the launcher, and starts again when it is asked for', async () => {
    const server = await startServer(KINDS[0] ?? 'none')
    const id = newId()
    const at = await server.start(id)
    const ada = await ProjectMember.join(id, at, { role: 'editor' })
    const [launcher] = await pidsOf(undefined, join(server.dataDir, 'run', id, 'launcher.json'))
    process.kill(launcher ?? 0, 'SIGKILL')
    await server.state('failed')
    expect(await processesOf(belonging(server, id, KINDS[0] ?? 'none'))).toEqual([])
    await ada.until(() => ada.lost !== undefined)
    const back = await ProjectMember.join(id, await server.start(id), { role: 'editor' })
    expect(await back.request('list_directory', { path: '' })).toMatchObject({ complete: true })
  })
})

describe('a local hub', () => {
  it('refuses what a viewer may not, at once when the role changes', async () => {
    const server = await startServer(KINDS[0] ?? 'none')
    const id = newId()
    const ada = await ProjectMember.join(id, await server.start(id), { role: 'editor' })
    await ada.request('create_file', { path: 'a', kind: 'file' })
    ada.setRole('viewer')
    await expect(ada.request('create_file', { path: 'b', kind: 'file' })).rejects.toMatchObject({
      code: 'read_only',
    })
    await expect(ada.openTerminal('t.term')).rejects.toMatchObject({ code: 'read_only' })
    expect(await ada.request('list_directory', { path: '' })).toMatchObject({
      entries: [{ name: 'a' }],
    })
  })

  it('refuses another secret and an older epoch', async () => {
    const server = await startServer(KINDS[0] ?? 'none')
    const id = newId()
    const at = await server.start(id)
    const join1 = (change: object): Promise<unknown> =>
      ProjectMember.join(id, { ...at, ...change }, { role: 'owner' })
    await expect(join1({ secret: 'ab'.repeat(32) })).rejects.toMatchObject({ code: 'forbidden' })
    await expect(join1({ epoch: 0 })).rejects.toMatchObject({ code: 'conflict' })
  })

  it('tells everybody who is there, each person in one colour', async () => {
    const server = await startServer(KINDS[0] ?? 'none')
    const id = newId()
    const at = await server.start(id)
    const ada = await ProjectMember.join(id, at, { role: 'owner' })
    const grace = await ProjectMember.join(id, at, {
      role: 'viewer',
      name: 'Grace',
      link: ada.link,
    })
    grace.sendJson({ event: 'set_presence', path: 'a.sagews' })
    const last = (): { people: { name: string; color: number; path?: string }[] } | undefined =>
      ada.notices.findLast(({ event }) => event === 'people_present') as never
    await ada.until(() => last()?.people.some(({ path }) => path === 'a.sagews') === true)
    expect(last()?.people).toMatchObject([
      { name: 'Ada', role: 'owner', color: 0 },
      { name: 'Grace', role: 'viewer', color: 1, path: 'a.sagews' },
    ])
    grace.leave()
    await ada.until(() => last()?.people.length === 1)
  })

  it('answers hostile messages with codes and serves on', async () => {
    const server = await startServer(KINDS[0] ?? 'none')
    const id = newId()
    const ada = await ProjectMember.join(id, await server.start(id), { role: 'editor' })
    ada.sendJson({ event: 'nonsense', id: 900_001 })
    ada.sendJson({ event: 'list_directory', id: 900_002, path: 7 })
    ada.sendJson({ event: 'toString', id: 900_003 })
    ada.sendJson(JSON.parse('{"event":"list_directory","id":900004,"path":"","constructor":{}}'))
    ada.sendJson({ event: 'list_directory', path: '../..', id: 900_005 })
    ada.sendBinary(4_000_000, Uint8Array.of(1))
    expect(await ada.request('list_directory', { path: '' })).toMatchObject({ complete: true })
    const codes = ada.received.flatMap(({ event, id, code }) =>
      event === 'error' ? [[id, code]] : [],
    )
    // A message with a key that reaches a prototype is refused unread: not even its id is known.
    expect(codes).toEqual([
      [900_001, 'unknown_event'],
      [900_002, 'bad_message'],
      [900_003, 'unknown_event'],
      [900_005, 'outside_project'],
    ])
  })
})

async function pidsOf(whose: Belonging | undefined, argument: string): Promise<number[]> {
  const { readdir } = await import('node:fs/promises')
  const all = whose
    ? await processesOf(whose)
    : (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number)
  return all.filter((pid) => {
    const file = `/proc/${pid}/cmdline`
    if (!existsSync(file)) return false
    const words = readFileSync(file, 'utf8').split('\0')
    // Not setpriv or bwrap, which carry the command in their arguments.
    return words[0]?.includes('node') === true && words.some((word) => word.endsWith(argument))
  })
}

/** The local hub may still be starting again: tries until it accepts. */
async function reachable(
  id: ProjectId,
  at: { address: string; secret: string; epoch: number },
  work: (member: ProjectMember) => Promise<void>,
): Promise<void> {
  await fileAppears(at.address.slice('unix:'.length))
  const deadline = performance.now() + 60_000
  for (;;) {
    try {
      const member = await ProjectMember.join(id, at, { role: 'editor' })
      await work(member)
      return
    } catch (error) {
      // `closed`: the socket of the one that was killed took the connection in its last moment.
      const { code } = error as { code?: string }
      if (performance.now() > deadline || (code !== 'unavailable' && code !== 'closed')) throw error
      await new Promise((resolve) => setImmediate(resolve))
    }
  }
}

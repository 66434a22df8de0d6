import { randomUUID } from 'node:crypto'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'

import { silentLogger } from '../../../src/daemon/logging.ts'
import { hostClaims } from '../../../src/hub/projects/host-claims.ts'
import { moveProject, takeProject } from '../../../src/hub/projects/take-over.ts'
import { ProjectLinks } from '../../../src/hub/relay/project-links.ts'
import { ProjectServers } from '../../../src/hub/relay/project-servers.ts'
import { projectId } from '../../../src/messages/ids.ts'
import type { ProjectId } from '../../../src/messages/ids.ts'
import { processesOf } from '../../../src/project-server/isolation/end-processes.ts'
import { readLauncherFile } from '../../../src/project-server/launcher/launcher-file.ts'
import { linkLauncher } from '../../../src/project-server/projects/launcher-process.ts'
import { memoryPlaces } from '../../support/memory-places.ts'
import { ProjectMember } from '../../support/project-member.ts'
import { buildRuntime } from '../../support/runtime.ts'
import type { TestRuntime } from '../../support/runtime.ts'
import { TestHub } from '../../support/test-hub.ts'
import { fileAppears, TestProjectServer } from '../../support/test-project-server.ts'
import type { TestHostOptions } from '../../support/test-project-server.ts'
import { until } from '../../support/until.ts'

/** Of one project that runs on two hosts of one machine, users of their own tell which process is of which. */
const ROOT = process.getuid?.() === 0

let runtime: TestRuntime
beforeAll(async () => {
  runtime = await buildRuntime()
})
afterAll(async () => {
  await runtime[Symbol.asyncDispose]()
})

async function startHost(options: TestHostOptions): Promise<TestProjectServer> {
  const server = await TestProjectServer.start(runtime.dir, 'unix_user', options)
  onTestFinished(() => server[Symbol.asyncDispose]())
  return server
}

async function startHub(hosts: readonly TestProjectServer[], dataDir?: string): Promise<TestHub> {
  const projectServers = hosts.map(({ host, address, secretFile }) => ({
    ...{ host, address, secretFile },
  }))
  const hub = await TestHub.start({
    ...(dataDir === undefined ? {} : { dataDir }),
    settings: { projectServers },
  })
  onTestFinished(() => hub[Symbol.asyncDispose]())
  return hub
}

async function newProject({ hub }: TestHub): Promise<ProjectId> {
  const id = projectId.parse(randomUUID())
  const { projects } = hub.context.database
  await projects.create({
    projectId: id,
    title: 'p',
    description: '',
    createdMs: 1,
    lastUsedMs: 1,
    deletedMs: undefined,
  })
  return id
}

/** As who opens a project does, until its host has its lease and the machine the time. */
async function start({ hub }: TestHub, host: string, id: ProjectId): Promise<void> {
  const { hosts, database } = hub.context
  await until(
    `the project runs on ${host}`,
    async () => {
      const found = await database.locations.get(id)
      return hosts.startOn(host, id, found?.epoch).then(
        () => 'yes',
        (error: unknown) => String(error),
      )
    },
    (answer) => answer === 'yes',
  )
}

/** The processes of a project on one of the hosts, its launcher among them. */
async function processes(server: TestProjectServer, id: ProjectId): Promise<number[]> {
  const { uid } = statSync(join(server.dataDir, 'projects', id))
  const its = await processesOf({ kind: 'uid', uid })
  const launcher = join(server.dataDir, 'run', id, 'launcher.json')
  return [...its, ...pidsWith(launcher)]
}

function pidsWith(argument: string): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').includes(argument)
      } catch {
        // Gone since the folder was read.
        return false
      }
    })
}

const none = (found: readonly number[]): boolean => found.length === 0

describe.skipIf(!ROOT)('hosts with leases', () => {
  test('a project server that stands still: its projects end by themselves, in time', async () => {
    const a = await startHost({ host: 'a', leaseSeconds: 8 })
    const hub = await startHub([a])
    const id = await newProject(hub)
    await start(hub, 'a', id)
    a.signal('SIGSTOP')
    try {
      await until('the project has ended', () => processes(a, id), none)
    } finally {
      a.signal('SIGCONT')
    }
    // And it runs again when it is asked for. On a busy machine a term this short may end once more before one looks.
    await until(
      'the project runs again',
      async () => {
        await start(hub, 'a', id)
        return processes(a, id)
      },
      (found) => found.length > 0,
    )
  })

  test('a project server that is killed and comes back within the term: its projects go on', async () => {
    const a = await startHost({ host: 'a', leaseSeconds: 300 })
    const hub = await startHub([a])
    const id = await newProject(hub)
    await start(hub, 'a', id)
    const launcherOf = (): number[] => pidsWith(join(a.dataDir, 'run', id, 'launcher.json'))
    const before = launcherOf()
    expect(before).toHaveLength(1)
    const epoch = (await hub.hub.context.database.locations.get(id))?.epoch
    await a.end('SIGKILL')
    a.run()
    await start(hub, 'a', id)
    expect(launcherOf()).toEqual(before)
    expect((await hub.hub.context.database.locations.get(id))?.epoch).toBe(epoch)
    const lease = await hub.hub.context.database.leases.get('a')
    expect(lease).toMatchObject({ epoch: 1, termMs: 300_000 })
  })

  test('a dead host: its project is taken once it has ended there, and stays when the host is back', async () => {
    // Long enough that a busy machine ends the project in the margin.
    const a = await startHost({ host: 'a', leaseSeconds: 12 })
    const b = await startHost({ host: 'b', leaseSeconds: 12 })
    const hub = await startHub([a, b])
    const id = await newProject(hub)
    const { context } = hub.hub
    const take = () => {
      const told: string[] = []
      const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))
      const onProgress = (text: string): void => void told.push(text)
      return takeProject(context, { projectId: id, to: 'b', hostIsOff: false, onProgress, wait })
    }
    await start(hub, 'a', id)
    const first = await context.database.locations.get(id)
    await expect(take()).rejects.toMatchObject({ code: 'conflict' })
    await a.end('SIGKILL')
    await until(
      'the hub sees that it is gone',
      async () => context.hosts.unlinkedSince('a'),
      (since) => since !== undefined,
    )
    await expect(moveProject(context, id, 'b')).rejects.toMatchObject({ code: 'unavailable' })
    expect(await take()).toBe('a')
    expect(await processes(a, id)).toEqual([])
    const second = await context.database.locations.get(id)
    expect(second?.host).toBe('b')
    expect(second?.epoch).toBeGreaterThan(first?.epoch ?? Infinity)

    a.run()
    await until(
      'the host has a lease again',
      async () => (await context.database.leases.get('a'))?.holder,
      (holder) => holder !== '',
    )
    // Who has found it there before is told that it is gone.
    await until(
      'an old request is refused',
      () =>
        context.hosts.startOn('a', id, first?.epoch).then(
          () => 'started',
          (error: { code?: string }) => error.code,
        ),
      (code) => code === 'conflict',
    )
    expect(await processes(a, id)).toEqual([])
    expect((await processes(b, id)).length).toBeGreaterThan(0)
    await until(
      'it is shown as running',
      async () => context.hosts.stateOf(id),
      (state) => state === 'running',
    )
  }, 180_000)
})

describe.skipIf(!ROOT)('a host whose lease is not renewed', () => {
  test('freezes the project, shows it so, and lets it go on where it was when the lease is back', async () => {
    const a = await startHost({})
    const id = projectId.parse(randomUUID())
    const at = await a.start(id)
    const ada = await ProjectMember.join(id, at, { role: 'editor' })
    const type = await ada.openTerminal('t.term')
    type('x=kept; touch reading; read line; echo "$x:$line" > said')
    await fileAppears(join(a.dataDir, 'projects', id, 'reading'))
    const file = readLauncherFile(join(a.dataDir, 'run', id, 'launcher.json'))
    const watch = { logger: silentLogger(), onFrozen: () => undefined }
    const launcher = await linkLauncher(file, watch)
    onTestFinished(() => launcher.link.close('done'))
    // As the project server tells it, but without waiting for a term.
    const extend = (freezeMs: number, endMs: number): void =>
      launcher.link.sendControl(JSON.stringify({ event: 'extend_lease', freezeMs, endMs }))
    const FAR_MS = 1e12
    extend(0, FAR_MS)
    await a.state('frozen')
    const { uid } = statSync(join(a.dataDir, 'projects', id))
    await until(
      'all stand still',
      async () => (await processesOf({ kind: 'uid', uid })).map(stateOf),
      (states) => states.length > 2 && states.every((state) => state === 'T'),
    )
    await expect(a.start(id)).rejects.toMatchObject({ code: 'unavailable' })
    a.states.length = 0
    extend(FAR_MS, FAR_MS + 1)
    await a.state('running')
    type('typed after')
    await fileAppears(join(a.dataDir, 'projects', id, 'said'))
    await until(
      'the terminal goes on',
      async () => readFileSync(join(a.dataDir, 'projects', id, 'said'), 'utf8'),
      (said) => said === 'kept:typed after\n',
    )
    expect(ada.lost).toBeUndefined()
  })
})

function stateOf(pid: number): string {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  return stat.slice(stat.lastIndexOf(')') + 2)[0] ?? ''
}

describe.skipIf(!ROOT)('two hosts without leases', () => {
  test('a project moves from one to the other, and back', async () => {
    const a = await startHost({ host: 'a' })
    const b = await startHost({ host: 'b' })
    const hub = await startHub([a, b])
    const id = await newProject(hub)
    const { context } = hub.hub
    expect(await moveProject(context, id, 'a')).toBeUndefined()
    expect(await moveProject(context, id, 'b')).toBe('a')
    expect(await processes(a, id)).toEqual([])
    expect(await moveProject(context, id, 'a')).toBe('b')
    expect(await processes(b, id)).toEqual([])
    expect(context.hosts.stateOf(id)).toBe('running')
    await expect(moveProject(context, id, 'a')).rejects.toMatchObject({ code: 'conflict' })
    await expect(moveProject(context, id, 'c')).rejects.toMatchObject({ code: 'not_found' })
  })

  test('two hubs that place a new project at once on two hosts: one wins, and both open it there', async () => {
    const hosts = [await startHost({ host: 'a' }), await startHost({ host: 'b' })]
    const places = memoryPlaces()
    const id = projectId.parse(randomUUID())
    const links = hosts.map(({ host }) => linksOf(hosts, places, host))
    const opened = await Promise.all(links.map((each) => each.open(id)))
    expect(opened.map(({ closed }) => closed.aborted)).toEqual([false, false])
    const winner = (await places.locations.get(id))?.host
    for (const server of hosts) {
      const folder = join(server.dataDir, 'run', id)
      expect(pidsWith(join(folder, 'launcher.json'))).toHaveLength(server.host === winner ? 1 : 0)
    }
  })
})

/** A hub that would place new projects on one host. */
function linksOf(
  hosts: readonly TestProjectServer[],
  places: ReturnType<typeof memoryPlaces>,
  first: string,
): ProjectLinks {
  const logger = silentLogger()
  const servers = new ProjectServers({
    ...{ hubId: `hub of ${first}`, logger },
    hosts: hosts.map(({ host, address, secret }) => ({ host, address, secret })),
    claimsOf: (host) => hostClaims(places, host),
    onPhase: () => undefined,
    onState: () => undefined,
  })
  const links = new ProjectLinks({
    ...{ hubId: `hub of ${first}`, logger, servers },
    place: async (id) => {
      const found = await places.locations.get(id)
      return { host: found?.host ?? first, foundEpoch: found?.epoch }
    },
    hostOf: async () => first,
    requests: { putBlob: () => ({ stored: true }), onFileUsed: () => undefined },
  })
  onTestFinished(async () => {
    await links[Symbol.asyncDispose]()
    await servers[Symbol.asyncDispose]()
  })
  return links
}

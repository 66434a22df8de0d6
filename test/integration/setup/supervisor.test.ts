import { once } from 'node:events'
import { spawnSync } from 'node:child_process'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { createServer } from 'node:net'
import { dirname, join } from 'node:path'

import { afterAll, beforeAll, expect, test } from 'vitest'

import { endCommands, startCommand } from '../../support/command.ts'
import type { RunningCommand } from '../../support/command.ts'
import { makeFakeClone } from '../../support/fake-dist.ts'
import type { FakeClone } from '../../support/fake-dist.ts'

let clone: FakeClone
let count = 0
beforeAll(async () => {
  clone = await makeFakeClone()
  chmodSync(clone.dir, 0o755)
})

afterAll(async () => {
  endCommands()
  await clone[Symbol.asyncDispose]()
})

function salvus(
  args: readonly string[],
  dataDir = join(clone.dir, `data-${count++}`),
): RunningCommand & { readonly dataDir: string } {
  return { ...startCommand(clone.salvus, [...args, '--data', dataDir]), dataDir }
}

/** The hub's process, which it answers with. */
async function hubPid(url: string): Promise<number> {
  return Number(await (await fetch(url)).text())
}

function alive(pid: number): boolean {
  return existsSync(`/proc/${pid}`)
}

test('prints the address and the set-up address, and Ctrl-C stops what it started', async () => {
  const run = salvus(['start', '--port', '0', '--base-path', 'p'])
  const [, url = ''] = await run.says(/Salvus is at {2}(http:\S+\/p\/)\n/)
  await run.says(/sign-up#set-up=TOKEN/)
  const pid = await hubPid(url)
  expect(alive(pid)).toBe(true)
  run.child.kill('SIGINT')
  expect(await run.exit()).toBe(0)
  expect(alive(pid)).toBe(false)
  expect(existsSync(join(run.dataDir, 'run', 'project-server-stopped'))).toBe(true)
})

test('keeps secrets, configuration and database for its owner alone', async () => {
  const run = salvus(['start', '--port', '0'])
  await run.says(/Salvus is at/)
  run.child.kill('SIGTERM')
  await run.exit()
  const modes = Object.fromEntries(
    [
      '.',
      'secrets',
      'database',
      'config',
      'logs',
      'projects',
      'secrets/project-server',
      'run/hub.json',
    ].map((name) => [name, (statSync(join(run.dataDir, name)).mode & 0o777).toString(8)]),
  )
  expect(modes).toEqual({
    '.': '711',
    secrets: '700',
    database: '700',
    config: '700',
    logs: '700',
    projects: '711',
    'secrets/project-server': '600',
    'run/hub.json': '600',
  })
  const secret = readFileSync(join(run.dataDir, 'secrets', 'project-server'), 'utf8')
  const again = salvus(['start', '--port', '0'], run.dataDir)
  await again.says(/Salvus is at/)
  again.child.kill('SIGTERM')
  await again.exit()
  expect(readFileSync(join(run.dataDir, 'secrets', 'project-server'), 'utf8')).toBe(secret)
})

test('starts a crashed hub again, and says that it crashed', async () => {
  const run = salvus(['start', '--port', '0'])
  const [, url = ''] = await run.says(/Salvus is at {2}(\S+)/)
  const first = await hubPid(url)
  await fetch(`${url}crash`).catch(() => undefined)
  await run.says(/hub: ended \(exit code 9\), starts again/)
  await expect.poll(() => hubPid(url).catch(() => first), { timeout: 60_000 }).not.toBe(first)
  run.child.kill('SIGINT')
  expect(await run.exit()).toBe(0)
})

test('status and stop find what runs; a second start names the first', async () => {
  const run = salvus(['start', '--port', '0'])
  const [, url = ''] = await run.says(/Salvus is at {2}(\S+)/)
  const status = salvus(['status'], run.dataDir)
  expect(await status.exit()).toBe(0)
  expect(status.output()).toContain(`Salvus runs at ${url}`)
  const second = salvus(['start', '--port', '0'], run.dataDir)
  expect(await second.exit()).toBe(1)
  expect(second.output()).toContain(`runs already on ${run.dataDir}: ${url}`)
  const stop = salvus(['stop'], run.dataDir)
  expect(await stop.exit()).toBe(0)
  expect(await run.exit()).toBe(0)
  const after = salvus(['status'], run.dataDir)
  expect(await after.exit()).toBe(3)
})

test('the servers end by themselves when the supervisor is killed', async () => {
  const run = salvus(['start', '--port', '0'])
  const [, url = ''] = await run.says(/Salvus is at {2}(\S+)/)
  const pid = await hubPid(url)
  run.child.kill('SIGKILL')
  await run.exit()
  await expect.poll(() => alive(pid), { timeout: 60_000 }).toBe(false)
  const again = salvus(['start', '--port', '0'], run.dataDir)
  await again.says(/Salvus is at/)
  again.child.kill('SIGINT')
  await again.exit()
})

test('a taken port is named with another to choose', async () => {
  await using server = createServer()
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const port = address !== null && typeof address === 'object' ? address.port : 0
  const run = salvus(['start', '--port', String(port)])
  expect(await run.exit()).toBe(1)
  expect(run.output()).toMatch(/Port \d+ on 127.0.0.1 is taken.*\n {2}-> .*--port \d+/)
})

test.each([
  [['--port', 'x'], /--port "x" is no port/],
  [['--base-path', '/../a b/'], /is no path of a URL/],
  [['--host', '203.0.113.7'], /no address of this machine/],
  [['--unknown'], /Unknown option '--unknown'/],
])('bad arguments %j are named, without a stack', async (args, message) => {
  const run = salvus(['start', ...args])
  expect(await run.exit()).toBe(1)
  expect(run.output()).toMatch(message)
  expect(run.output()).not.toContain('    at ')
})

test('a broken settings file is named with its key', async () => {
  const dataDir = join(clone.dir, `data-${count++}`)
  mkdirSync(join(dataDir, 'config'), { recursive: true })
  writeFileSync(
    join(dataDir, 'config', 'salvus.json'),
    '{"siteName":"S","helpAddress":"","colour":1}',
  )
  const run = salvus(['start', '--port', '0'], dataDir)
  expect(await run.exit()).toBe(1)
  expect(run.output()).toContain('colour')
})

test('a hub that refuses its configuration ends the start', async () => {
  const dataDir = join(clone.dir, `data-${count++}`)
  mkdirSync(join(dataDir, 'config'), { recursive: true })
  const settings = { siteName: 'refuses', helpAddress: '' }
  writeFileSync(join(dataDir, 'config', 'salvus.json'), JSON.stringify(settings))
  const run = salvus(['start', '--port', '0'], dataDir)
  expect(await run.exit()).toBe(1)
})

test.skipIf(process.getuid?.() === 0)(
  'a data directory that cannot be written is named',
  async () => {
    const run = salvus(['start', '--port', '0'], '/proc/salvus')
    expect(await run.exit()).toBe(1)
    expect(run.output()).toContain('--data DIR')
  },
)

test.runIf(process.getuid?.() === 0)(
  'what projects need is elsewhere when they cannot get through to the data directory',
  async () => {
    const closed = join(clone.dir, 'closed')
    mkdirSync(closed, { mode: 0o700 })
    const run = salvus(['start', '--port', '0'], join(closed, 'data'))
    await run.says(/Salvus is at/)
    const projects = realpathSync(join(run.dataDir, 'projects'))
    const shared = dirname(projects)
    try {
      expect(shared).toMatch(/^\/var\/lib\/salvus\/[0-9a-f]{8}$/)
      const asNobody = ['--reuid', '65534', '--regid', '65534', '--clear-groups', 'test', '-x']
      expect(spawnSync('setpriv', [...asNobody, projects]).status).toBe(0)
      expect(statSync(join(closed, 'data', 'secrets', 'project-server')).mode & 0o777).toBe(0o600)
      expect(existsSync(join(shared, 'secrets'))).toBe(false)
      expect(await salvus(['stop'], run.dataDir).exit()).toBe(0)
      expect(await run.exit()).toBe(0)
    } finally {
      rmSync(shared, { recursive: true, force: true })
    }
  },
)

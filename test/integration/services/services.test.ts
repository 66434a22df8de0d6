import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { afterAll, afterEach, beforeAll, expect, onTestFinished, test } from 'vitest'

import { makeMemoryGroup } from '../../../src/admin/services/memory-group.ts'
import { askSupervisor } from '../../../src/admin/services/control.ts'
import type { HostStatus } from '../../../src/admin/services/control.ts'
import type { ServiceSpec } from '../../../src/admin/configure/manifest.ts'
import { endCommands, startCommand } from '../../support/command.ts'
import type { RunningCommand } from '../../support/command.ts'
import { makeFakeClone } from '../../support/fake-dist.ts'
import type { FakeClone } from '../../support/fake-dist.ts'
import { temporaryDirectory } from '../../support/temporary-directory.ts'
import { until } from '../../support/until.ts'
import { loopbackNetwork } from '../../support/way-in.ts'

const READY_MS = 60_000
const PORT = 4500
/** Each test has addresses of its own. */
let lastAddress = 100

/** Says its process id to who asks, and ends or takes memory when it is told. */
const SERVER = `
import { createServer } from 'node:http'
const kept = []
console.log('serves ' + process.argv.slice(2).join(' '))
createServer((request, response) => {
  if (request.url === '/crash') process.exit(9)
  if (request.url === '/grow') for (let i = 0; i < 400; i++) kept.push(Buffer.alloc(1 << 20, 1))
  response.end(String(process.pid))
}).listen(Number(process.argv[3]), process.argv[2])
process.on('SIGTERM', () => process.exit(0))
process.on('disconnect', () => process.exit(0))
`

let clone: FakeClone
beforeAll(async () => {
  clone = await makeFakeClone()
})
afterEach(endCommands)
afterAll(async () => {
  await clone[Symbol.asyncDispose]()
})

interface TestHost {
  readonly folder: string
  readonly data: string
  url(id: string): string
  spec(id: string, more?: Partial<ServiceSpec>): ServiceSpec
  write(...services: readonly ServiceSpec[]): void
  run(...args: readonly string[]): RunningCommand
  status(): Promise<HostStatus | undefined>
}

async function testHost(): Promise<TestHost> {
  const home = await temporaryDirectory()
  const folder = join(home, 'configuration')
  const data = join(home, 'data')
  mkdirSync(folder)
  mkdirSync(data)
  // Whatever a failed test has left.
  onTestFinished(async () => {
    await askSupervisor(data, { ask: 'end' }, READY_MS)
  })
  const program = join(home, 'server.mjs')
  writeFileSync(program, SERVER)
  const addresses = new Map<string, string>()
  const addressOf = (id: string): string => {
    const known = addresses.get(id)
    if (known !== undefined) return known
    const address = `${loopbackNetwork()}.${++lastAddress}`
    addresses.set(id, address)
    return address
  }
  const status = async (): Promise<HostStatus | undefined> => {
    const answer = await askSupervisor(data, { ask: 'status' }, READY_MS)
    return answer === undefined || 'error' in answer ? undefined : answer
  }
  return {
    folder,
    data,
    url: (id) => `http://${addressOf(id)}:${PORT}/`,
    spec: (id, more = {}) => ({
      id,
      kind: 'test',
      command: ['node', program, addressOf(id), String(PORT)],
      environment: {},
      folders: [],
      after: [],
      ready: { kind: 'http', url: `http://${addressOf(id)}:${PORT}/` },
      memoryMB: 256,
      graceS: 5,
      notifies: false,
      ...more,
    }),
    write: (...services) => {
      const manifest = {
        deployment: 'test',
        host: 'here',
        datacenter: 'dc',
        data,
        program: clone.dir,
        services,
      }
      writeFileSync(join(folder, 'services.json'), JSON.stringify(manifest))
    },
    run: (...args) => startCommand(clone.salvus, [...args, '--configured', folder]),
    status,
  }
}

async function answerOf(url: string): Promise<string> {
  return (await fetch(url)).text()
}

/** Whether a process is there. */
function lives(pid: number): boolean {
  return existsSync(`/proc/${pid}`)
}

test('services are started in order, tell their state and logs, and are stopped by one command', async () => {
  const host = await testHost()
  host.write(host.spec('second', { after: ['first'] }), host.spec('first'))
  const start = host.run('start', '--detach')
  expect(await start.exit()).toBe(0)
  expect(start.output()).toContain('here: second, first answer.')
  const pids = await Promise.all(['first', 'second'].map((id) => answerOf(host.url(id))))
  const status = host.run('status')
  expect(await status.exit()).toBe(0)
  for (const pid of pids) expect(status.output()).toContain(`process ${pid}`)
  const logs = host.run('logs', 'second', '--lines', '5')
  expect(await logs.exit()).toBe(0)
  expect(logs.output()).toContain('serves ')
  const second = host.run('start')
  expect(await second.exit()).toBe(1)
  expect(second.output()).toContain('The services of here run already.')
  expect(await host.run('stop').exit()).toBe(0)
  expect(pids.filter((pid) => lives(Number(pid)))).toEqual([])
  const after = host.run('status')
  expect([await after.exit(), after.output()]).toEqual([3, 'here: its services do not run.\n'])
})

test('one service is restarted, stopped and started while the others go on, and one that there is not is named', async () => {
  const host = await testHost()
  host.write(host.spec('one'), host.spec('two'))
  expect(await host.run('start', '--detach').exit()).toBe(0)
  const [one, two] = await Promise.all(['one', 'two'].map((id) => answerOf(host.url(id))))
  expect(await host.run('restart', 'one').exit()).toBe(0)
  expect(await answerOf(host.url('one'))).not.toBe(one)
  expect(await host.run('stop', 'one').exit()).toBe(0)
  await expect(answerOf(host.url('one'))).rejects.toThrow()
  expect(await host.run('status').exit()).toBe(3)
  expect(await host.run('start', 'one').exit()).toBe(0)
  expect(await answerOf(host.url('two'))).toBe(two)
  const wrong = host.run('restart', 'three')
  expect(await wrong.exit()).toBe(1)
  expect(wrong.output()).toContain('here has no service "three"; it has one, two')
  expect(await host.run('stop').exit()).toBe(0)
})

test('a service that crashes is started again, and one that can’t start is told with its reason', async () => {
  const host = await testHost()
  host.write(
    host.spec('well'),
    host.spec('crashes', { command: ['node', '-e', 'process.exit(3)'] }),
    host.spec('missing', { command: ['no-such-program-of-salvus'] }),
    host.spec('refuses', { command: ['node', '-e', 'process.exit(78)'] }),
  )
  const start = host.run('start', '--detach')
  expect(await start.exit()).toBe(1)
  expect(start.output()).toMatch(/here crashes: crashed \(exit code 3\), starts again/)
  expect(start.output()).toContain(
    'here missing: no-such-program-of-salvus is not installed on this host',
  )
  expect(start.output()).toContain('here refuses: refuses its configuration: see logs/refuses.log')
  expect(start.output()).toContain('here: well answer.')
  const before = await answerOf(host.url('well'))
  await fetch(`${host.url('well')}crash`).catch(() => undefined)
  const after = await until(
    'the service again',
    () => answerOf(host.url('well')).catch(() => before),
    (pid) => pid !== before,
  )
  expect(Number(after)).toBeGreaterThan(0)
  expect(await host.run('stop').exit()).toBe(0)
})

test('services that are no Node end with a supervisor that was killed', async () => {
  const host = await testHost()
  host.write(
    host.spec('web'),
    host.spec('sleeps', { command: ['sleep', '600'], ready: host.spec('web').ready }),
  )
  expect(await host.run('start', '--detach').exit()).toBe(0)
  const status = await host.status()
  const pids = (status?.services ?? []).map(({ state }) => Number(/process (\d+)/.exec(state)?.[1]))
  expect(pids.every(lives)).toBe(true)
  process.kill(status?.pid ?? 0, 'SIGKILL')
  await until(
    'the end of all',
    async () => pids.filter(lives),
    (left) => left.length === 0,
  )
})

test.skipIf(!canLimit())(
  'a service that takes more memory than it may is ended and started again, alone',
  async () => {
    const host = await testHost()
    host.write(host.spec('grows', { memoryMB: 150 }), host.spec('other'))
    expect(await host.run('start', '--detach').exit()).toBe(0)
    const [grows, other] = await Promise.all(['grows', 'other'].map((id) => answerOf(host.url(id))))
    await fetch(`${host.url('grows')}grow`).catch(() => undefined)
    await until(
      'another process',
      () => answerOf(host.url('grows')).catch(() => grows),
      (pid) => pid !== grows,
    )
    expect(await answerOf(host.url('other'))).toBe(other)
    expect(await host.run('stop').exit()).toBe(0)
  },
)

test('another host is asked over ssh, with the same words and the folder of its own files', async () => {
  const home = await temporaryDirectory()
  const conf = join(home, 'conf')
  mkdirSync(conf)
  writeFileSync(
    join(conf, 'inventory.toml'),
    `name = "far"
[site]
publicUrl = "http://salvus.test/"
contentUrl = "http://content.test/"
[paths]
program = "/opt/salvus"
data = "/srv/salvus"
configuration = "/etc/salvus"
[datacenters.dc]
[hosts.web]
datacenter = "dc"
address = "192.0.2.7"
ssh = "root@192.0.2.7"
services = ["hub"]
[hosts.mute]
datacenter = "dc"
address = "192.0.2.8"
`,
  )
  // A ssh that writes down what it was asked to do.
  const bin = join(home, 'bin')
  mkdirSync(bin)
  writeFileSync(
    join(bin, 'ssh'),
    `#!/bin/sh\nprintf '%s\\n' "$@" > ${home}/asked\necho done there\n`,
  )
  chmodSync(join(bin, 'ssh'), 0o755)
  const env = { ...process.env, PATH: `${bin}:${process.env['PATH'] ?? ''}` }
  const restart = startCommand(
    clone.salvus,
    ['restart', 'hub-1', '--conf', conf, '--on', 'web'],
    env,
  )
  expect([await restart.exit(), restart.output()]).toEqual([
    0,
    'web (root@192.0.2.7):\ndone there\n',
  ])
  expect(readFileSync(join(home, 'asked'), 'utf8').split('\n')).toEqual([
    '-o',
    'BatchMode=yes',
    'root@192.0.2.7',
    "'node' '/opt/salvus/bin/salvus.mjs' 'restart' 'hub-1' '--configured' '/etc/salvus'",
    '',
  ])
  const mute = startCommand(clone.salvus, ['status', '--conf', conf, '--on', 'mute'], env)
  expect(await mute.exit()).toBe(1)
  expect(mute.output()).toContain('Write ssh = "USER@HOST" into [hosts.mute].')
  const nobody = startCommand(clone.salvus, ['status', '--conf', conf], env)
  expect(await nobody.exit()).toBe(1)
  expect(nobody.output()).toContain('No host of this installation has an address of this machine.')
})

/** Whether this user and this kernel have control groups of memory. */
function canLimit(): boolean {
  const group = makeMemoryGroup('salvus-test-probe', 64)
  group?.remove()
  return group !== undefined
}

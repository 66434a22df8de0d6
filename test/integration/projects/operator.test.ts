import { randomUUID } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, onTestFinished, test, vi } from 'vitest'

import { projectCommand } from '../../../src/admin/project.ts'
import { projectId } from '../../../src/messages/ids.ts'
import { buildRuntime } from '../../support/runtime.ts'
import type { TestRuntime } from '../../support/runtime.ts'
import { TestHub } from '../../support/test-hub.ts'
import { TestProjectServer } from '../../support/test-project-server.ts'
import { until } from '../../support/until.ts'

let runtime: TestRuntime
beforeAll(async () => {
  runtime = await buildRuntime()
})
afterAll(async () => {
  await runtime[Symbol.asyncDispose]()
})

test('an operator sees the hosts, starts a project on one, and is told what stands in the way', async () => {
  const server = await TestProjectServer.start(runtime.dir, 'none')
  onTestFinished(() => server[Symbol.asyncDispose]())
  const { host, address, secretFile } = server
  const gone = { host: 'gone', address: `${address}.gone`, secretFile }
  const hub = await TestHub.start({
    settings: { projectServers: [{ host, address, secretFile }, gone] },
  })
  onTestFinished(() => hub[Symbol.asyncDispose]())
  const id = projectId.parse(randomUUID())
  const { database, hosts } = hub.hub.context
  const times = { createdMs: 1, lastUsedMs: 1, deletedMs: undefined }
  await database.projects.create({ projectId: id, title: 'p', description: '', ...times })
  const config = join(hub.dataDir, 'operator.json')
  const { dataDir } = hub
  writeFileSync(config, JSON.stringify({ dataDir, secretsDir: join(dataDir, 'secrets') }))
  let said = ''
  const stdout = vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    said += String(text)
    return true
  })
  onTestFinished(() => stdout.mockRestore())
  const salvus = (...args: string[]): Promise<number> =>
    projectCommand([...args, '--config', config])

  const move = ['move', id, '--to', host]
  await expect(salvus(...move)).rejects.toThrow('Files are not moved')
  expect(await salvus(...move, '--yes')).toBe(0)
  expect(said).toBe(`The project runs on ${host}.\n`)
  expect(hosts.stateOf(id)).toBe('running')
  await expect(salvus(...move, '--yes')).rejects.toThrow('already')
  await expect(salvus('claim', id, '--to', 'gone', '--yes')).rejects.toThrow('lives')
  await expect(salvus('move', 'nonsense', '--to', host)).rejects.toThrow('not the id')
  await expect(salvus('move', id, '--to', 'nowhere', '--yes')).rejects.toThrow('no host nowhere')

  // A host that has no time to answer is listed without its load.
  await until(
    'all of both hosts',
    async () => {
      said = ''
      expect(await salvus('hosts')).toBe(3)
      return said
    },
    (text) =>
      /^local: lease held, 1 projects, load \d+\.\d\d\ngone: can't be reached since /.test(text),
  )
})

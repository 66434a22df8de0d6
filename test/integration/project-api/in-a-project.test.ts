import { execFileSync } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'

import type { Isolation } from '../../../src/messages/admin.ts'
import { projectId } from '../../../src/messages/ids.ts'
import { ProjectMember } from '../../support/project-member.ts'
import { buildRuntime } from '../../support/runtime.ts'
import type { TestRuntime } from '../../support/runtime.ts'
import { fileAppears, TestProjectServer } from '../../support/test-project-server.ts'
import { until } from '../../support/until.ts'

const KINDS: readonly Isolation[] =
  process.getuid?.() === 0 ? ['unix_user', 'bubblewrap', 'none'] : ['none']

let runtime: TestRuntime
beforeAll(async () => {
  runtime = await buildRuntime()
})
afterAll(async () => {
  await runtime[Symbol.asyncDispose]()
})

describe.each(KINDS)('in a project under %s', (isolation) => {
  it('terminals have the command and the Python function, and get over a killed local hub', async () => {
    const server = await TestProjectServer.start(runtime.dir, isolation)
    onTestFinished(() => server[Symbol.asyncDispose]())
    const id = projectId.parse(randomUUID())
    const ada = await ProjectMember.join(id, await server.start(id), { role: 'editor' })
    const home = join(server.dataDir, 'projects', id)
    await ada.request('create_file', { path: 'a.txt', kind: 'file', text: 'one\n' })
    const type = await ada.openTerminal('t.term')
    const shows = (text: string): Promise<void> => ada.until(() => ada.output.includes(text))

    type('cd /tmp; echo two | salvus doc append ~/a.txt --name shell >/dev/null; echo code="$?."')
    await shows('code=0.')
    expect(readFileSync(join(home, 'a.txt'), 'utf8')).toBe('one\ntwo\n')

    const program =
      'import salvus_doc as s; print("read", len(s.open_document("a.txt").read().text))'
    writeFileSync(join(home, 'p.py'), `${program}\n`)
    type('cd; env -u SALVUS_API python3 p.py')
    await shows('read 8')

    type('salvus doc watch a.txt & sleep 0')
    await shows('watching from revision')
    const waiting = 'echo wait""ing; until [ -e killed ]; do sleep 0.1; done'
    type(
      `${waiting}; echo three | salvus doc append a.txt --name again; echo "code=$?." >after.txt`,
    )
    await shows('waiting')
    killLocalHub(id)
    writeFileSync(join(home, 'killed'), '')
    await ada.until(() => ada.lost !== undefined)
    await fileAppears(join(home, 'after.txt'))
    const bob = await until(
      'joined',
      async () =>
        ProjectMember.join(id, await server.start(id), { role: 'editor' }).catch(() => undefined),
      (member) => member !== undefined,
    )
    await until('appended', async () => readFileSync(join(home, 'after.txt'), 'utf8'), isDone)
    expect(readFileSync(join(home, 'a.txt'), 'utf8')).toBe('one\ntwo\nthree\n')
    // The watch in the terminal has gone on.
    await bob?.openTerminal('t.term')
    await bob?.until(() => /again \(program\)|changed, to revision/.test(bob.output))
  })
})

const isDone = (text: string): boolean => text === 'code=0.\n'

/** The process that a `kill -9` would be meant for. */
function killLocalHub(id: string): void {
  const lines = execFileSync('ps', ['-eo', 'pid=,args=']).toString().split('\n')
  const own = lines.filter((line) => line.includes('local-hub.js') && line.includes(id))
  const pids = own.map((line) => Number(line.trim().split(' ')[0]))
  expect(pids.length).toBeGreaterThan(0)
  // The newest: what confines it is its parent.
  process.kill(Math.max(...pids), 'SIGKILL')
}

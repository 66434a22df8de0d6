import { spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { expect, onTestFinished, test } from 'vitest'

import { silentLogger } from '../../../../src/daemon/logging.ts'
import { projectId } from '../../../../src/messages/ids.ts'
import { processesOf } from '../../../../src/project-server/isolation/end-processes.ts'
import {
  freezeProcesses,
  thawProcesses,
} from '../../../../src/project-server/isolation/freeze-processes.ts'
import { LeaseGuard } from '../../../../src/project-server/launcher/lease-guard.ts'
import { until } from '../../../support/until.ts'

/** A shell with children in its group, in a session of their own, and one that was put aside before. */
async function startTree() {
  const id = projectId.parse(randomUUID())
  const script = `
    sleep 1000 & (setsid sleep 1000 &) ; sleep 1000 & kill -STOP $! ; echo ready ; read line ; echo "got $line"`
  const child = spawn('/bin/bash', ['-c', script], {
    env: { PATH: process.env['PATH'], SALVUS_PROJECT: id },
    stdio: ['pipe', 'pipe', 'inherit'],
    detached: true,
  })
  const belonging = { kind: 'mark', projectId: id } as const
  onTestFinished(async () => {
    for (const pid of await processesOf(belonging)) process.kill(pid, 'SIGKILL')
  })
  await once(child.stdout, 'data')
  const pids = await until(
    'four processes',
    () => processesOf(belonging),
    (found) => found.length === 4,
  )
  return { child, belonging, pids, shell: child.pid ?? 0 }
}

function stateOf(pid: number): string {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  return stat.slice(stat.lastIndexOf(')') + 2)[0] ?? ''
}

test('all processes of a project stand still, those that left their parents too, and go on as they were', async () => {
  const { child, belonging, pids, shell } = await startTree()
  const asideBefore = await until(
    'one is put aside',
    async () => pids.filter((pid) => stateOf(pid) === 'T'),
    (found) => found.length === 1,
  )
  const stopped = await freezeProcesses(belonging, shell)
  await until(
    'all but the shell stand still',
    async () => pids.filter((pid) => pid !== shell).map(stateOf),
    (states) => states.join('') === 'TTT',
  )
  expect(stopped).not.toContain(asideBefore[0])
  thawProcesses(stopped)
  await until(
    'the others go on',
    async () => pids.filter((pid) => stateOf(pid) === 'T'),
    (found) => found.length === 1 && found[0] === asideBefore[0],
  )
  child.stdin.write('more\n')
  const [said] = await once(child.stdout, 'data')
  expect(String(said)).toBe('got more\n')
})

test('a guard freezes in time, thaws when the lease is renewed, and ends in the end', async () => {
  let now = 0
  let due: { timeMs: number; run: () => void } | undefined
  const told: unknown[] = []
  const guard = new LeaseGuard({
    belonging: { kind: 'mark', projectId: projectId.parse(randomUUID()) },
    logger: silentLogger(),
    clock: {
      now: () => now,
      at: (timeMs, run) => {
        due = { timeMs, run }
        return () => (due = undefined)
      },
    },
    onFrozen: (frozen) => told.push(frozen),
    onEnd: () => told.push('end'),
    root: 0,
  })
  onTestFinished(() => guard[Symbol.dispose]())
  const pass = (ms: number): void => {
    now = ms
    if (due && due.timeMs <= now) due.run()
  }
  expect(guard.mayStart).toBe(true)
  guard.extend({ freezeMs: 20, endMs: 25 })
  pass(19)
  expect(told).toEqual([])
  pass(20)
  expect(told).toEqual([true])
  expect(guard.mayStart).toBe(false)
  guard.extend({ freezeMs: 40, endMs: 45 })
  expect(told).toEqual([true, false])
  // What comes late and is older changes nothing.
  guard.extend({ freezeMs: 10, endMs: 15 })
  pass(40)
  pass(45)
  expect(told).toEqual([true, false, true, 'end'])
  guard.extend({ freezeMs: 100, endMs: 105 })
  expect(guard.mayStart).toBe(false)
})

import { spawn } from 'node:child_process'
import { closeSync, mkdirSync, openSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'

import type { Manifest } from '../configure/manifest.ts'
import { Failure } from '../failure.ts'
import { askSupervisor } from './control.ts'
import type { Answer } from './control.ts'

/** A constellation on one machine has seven nodes of Cassandra that start at once. */
const READY_MS = 240_000
const AGAIN_MS = 100

/** Starts the supervisor of a host in the background; returns when its services answer. */
export async function startDetached(folder: string, manifest: Manifest): Promise<number> {
  const { data, host } = manifest
  const logFile = join(data, 'logs', 'supervisor.log')
  mkdirSync(join(data, 'logs'), { recursive: true, mode: 0o711 })
  const log = openSync(logFile, 'w', 0o600)
  const child = spawn(process.execPath, [process.argv[1] ?? '', 'start', '--configured', folder], {
    detached: true,
    stdio: ['ignore', log, log],
  })
  closeSync(log)
  const ended = new Promise<void>((resolve) => {
    child.once('exit', () => resolve())
  })
  child.unref()
  const answer = await Promise.race([untilReady(data), ended.then(() => undefined)])
  if (answer === undefined || 'error' in answer) {
    const said = readFileSync(logFile, 'utf8').trim()
    throw new Failure(`The services of ${host} were not started.\n${said}`, `See ${data}/logs.`)
  }
  const failed = answer.services.filter((service) => service.failed)
  for (const { id, state } of failed) process.stdout.write(`${host} ${id}: ${state}\n`)
  for (const { note } of answer.services) {
    if (note !== undefined) process.stdout.write(`${host}: ${note}\n`)
  }
  const names = answer.services.filter(({ serves }) => serves).map(({ id }) => id)
  process.stdout.write(`${host}: ${names.join(', ')} answer.\n`)
  return failed.length === 0 ? 0 : 1
}

async function untilReady(data: string): Promise<Answer | undefined> {
  const deadline = Date.now() + READY_MS
  while (Date.now() < deadline) {
    const answer = await askSupervisor(data, { ask: 'await_ready' }, deadline - Date.now())
    if (answer !== undefined) return answer
    // Its socket is not there yet.
    await pause(AGAIN_MS)
  }
  return undefined
}

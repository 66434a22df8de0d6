import { spawn } from 'node:child_process'
import { readdir, readFile } from 'node:fs/promises'

import { CodedError, codeOf } from '../../util/coded-error.ts'
import { within } from '../../daemon/life-cycle.ts'

/** A process that was killed is gone within milliseconds, unless it waits for a disk. */
const ROUND_MS = 20
/** Longer than any disk's hiccup; then somebody has to look. */
const ROUNDS_MAX = 250

/** What belongs to a project: processes of its user, or those that carry its mark. */
export type Belonging =
  | { readonly kind: 'uid'; readonly uid: number }
  | { readonly kind: 'mark'; readonly projectId: string }

/**
 * Ends every process of a project, those in sessions of their own included, and resolves when none is left.
 * @throws CodedError `internal` where some can't be ended
 */
export async function endProcesses(belonging: Belonging): Promise<void> {
  for (let round = 0; round < ROUNDS_MAX; round++) {
    const left = await processesOf(belonging)
    if (left.length === 0) return
    // All at once, as the user: between two looks of ours a fork could slip through.
    if (belonging.kind === 'uid') await killAllOfUser(belonging.uid)
    else for (const pid of left) signalProcess(pid, 'SIGKILL')
    await new Promise((resolve) => setTimeout(resolve, ROUND_MS))
  }
  const left = await processesOf(belonging)
  if (left.length > 0)
    throw new CodedError('internal', `processes ${left.join(', ')} can't be ended`)
}

/** Their pids, without those that are dead and only wait to be noticed. */
export async function processesOf(belonging: Belonging): Promise<number[]> {
  const names = await readdir('/proc')
  const pids = names.filter((name) => /^\d+$/.test(name)).map(Number)
  const found = await Promise.all(
    pids.map(async (pid) => ((await belongs(pid, belonging)) ? pid : undefined)),
  )
  return found.filter((pid): pid is number => pid !== undefined && pid !== process.pid)
}

async function belongs(pid: number, belonging: Belonging): Promise<boolean> {
  try {
    const status = await readFile(`/proc/${pid}/status`, 'utf8')
    if (/^State:\s+[ZX]/m.test(status)) return false
    if (belonging.kind === 'uid') {
      const uids = /^Uid:\s+(.*)$/m.exec(status)?.[1]?.split(/\s+/) ?? []
      return uids.includes(String(belonging.uid))
    }
    const environment = await readFile(`/proc/${pid}/environ`, 'utf8')
    return environment.split('\0').includes(`SALVUS_PROJECT=${belonging.projectId}`)
  } catch (error) {
    // Gone in the meantime, or another user's, whose environment is not ours to read.
    if (['ENOENT', 'ESRCH', 'EACCES', 'EPERM'].includes(codeOf(error) ?? '')) return false
    throw error
  }
}

/** Does nothing where the process is gone. */
export function signalProcess(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal)
  } catch (error) {
    if (codeOf(error) !== 'ESRCH') throw error
  }
}

async function killAllOfUser(uid: number): Promise<void> {
  const killer = spawn('/bin/sh', ['-c', 'kill -KILL -1'], { uid, gid: uid, stdio: 'ignore' })
  const done = new Promise<void>((resolve) => {
    killer.once('exit', () => resolve())
    // Where it can't be started (no process left for this user), the next round tries again.
    killer.once('error', () => resolve())
  })
  await within(done, 1000)
}

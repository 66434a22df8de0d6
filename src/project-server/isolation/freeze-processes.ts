import { readdir, readFile } from 'node:fs/promises'

import { codeOf } from '../../util/coded-error.ts'
import { processesOf, signalProcess } from './end-processes.ts'
import type { Belonging } from './end-processes.ts'

/** Looks at a process that was told to stop: it stops as soon as it would run, unless it waits for a disk. */
const STOP_LOOKS_MAX = 50
const STOP_LOOK_MS = 2
/** Searches for processes that left their parents; each finds what the one before let through. */
const SEARCHES_MAX = 5

/**
 * Stops every process below `root`, and every other one of the project. Answers those that it stopped, parents
 * before their children: a shell that saw a child stop would take it for a job that was put aside.
 */
export async function freezeProcesses(belonging: Belonging, root: number): Promise<number[]> {
  const stopped: number[] = []
  const seen = new Set([root])
  for (const child of await childrenOf(root)) await freezeTree(child, seen, stopped)
  for (let search = 0; search < SEARCHES_MAX; search++) {
    const others = (await processesOf(belonging)).filter((pid) => !seen.has(pid))
    if (others.length === 0) break
    for (const pid of others) await freezeTree(pid, seen, stopped)
  }
  return stopped
}

/** Lets go on what `freezeProcesses` has stopped; children first. */
export function thawProcesses(stopped: readonly number[]): void {
  for (const pid of stopped.toReversed()) signalProcess(pid, 'SIGCONT')
}

/** All processes below one, parents first. */
export async function processTree(root: number): Promise<number[]> {
  const found: number[] = []
  for (const child of await childrenOf(root)) found.push(child, ...(await processTree(child)))
  return found
}

/** What has stopped makes no more children: then those that it has are complete. */
async function freezeTree(pid: number, seen: Set<number>, stopped: number[]): Promise<void> {
  if (seen.has(pid)) return
  seen.add(pid)
  // Put aside by a person, who will want to find it so.
  if (!(await isStopped(pid))) {
    signalProcess(pid, 'SIGSTOP')
    stopped.push(pid)
    for (let look = 0; look < STOP_LOOKS_MAX && !(await isStopped(pid)); look++) {
      await new Promise((resolve) => setTimeout(resolve, STOP_LOOK_MS))
    }
  }
  for (const child of await childrenOf(pid)) await freezeTree(child, seen, stopped)
}

/** Whether it stands still, or is gone. */
async function isStopped(pid: number): Promise<boolean> {
  const stat = await readProcess(`/proc/${pid}/stat`)
  // Behind the name, which may hold anything.
  const state = stat.slice(stat.lastIndexOf(')') + 2, stat.lastIndexOf(')') + 3)
  return stat === '' || 'TtZX'.includes(state)
}

async function childrenOf(pid: number): Promise<number[]> {
  const threads = await readdir(`/proc/${pid}/task`).catch(noneIfGone<string[]>([]))
  const lists = await Promise.all(
    threads.map((thread) => readProcess(`/proc/${pid}/task/${thread}/children`)),
  )
  return lists.flatMap((list) => list.split(' ').filter(Boolean).map(Number))
}

function readProcess(path: string): Promise<string> {
  return readFile(path, 'utf8').catch(noneIfGone(''))
}

function noneIfGone<T>(none: T): (error: unknown) => T {
  return (error) => {
    if (['ENOENT', 'ESRCH'].includes(codeOf(error) ?? '')) return none
    throw error
  }
}

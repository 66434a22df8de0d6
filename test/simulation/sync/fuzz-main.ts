import { parseArgs } from 'node:util'
import { availableParallelism } from 'node:os'
import { isMainThread, parentPort, Worker } from 'node:worker_threads'

import { ALL_DISTURBANCES } from './happenings.ts'
import type { Disturbance } from './happenings.ts'
import { runSchedule } from './schedule.ts'

/** Schedules given to a thread at once: some tenths of a second. */
const SEEDS_AT_ONCE = 50
const PROGRESS_MS = 10_000
/** After so many the rest is more of the same. */
const FAILURES_MAX = 10

interface Task {
  readonly first: number
  readonly count: number
  readonly without: readonly Disturbance[]
}

interface Failure {
  readonly seed: number
  readonly text: string
}

if (isMainThread) await main()
else serve()

/** Runs what the main thread asks for. */
function serve(): void {
  parentPort?.on('message', ({ first, count, without }: Task) => {
    const failures: Failure[] = []
    for (let seed = first; seed < first + count; seed++) {
      try {
        runSchedule(seed, without)
      } catch (error) {
        failures.push({ seed, text: reasonOf(error) })
      }
    }
    parentPort?.postMessage(failures)
  })
}

function reasonOf(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error
  return cause instanceof Error ? (cause.stack ?? cause.message) : String(cause)
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      minutes: { type: 'string', default: '1' },
      seed: { type: 'string' },
      count: { type: 'string' },
      without: { type: 'string', multiple: true, default: [] },
      only: { type: 'string', multiple: true },
    },
  })
  const first = Number(values.seed ?? Date.now() % 1_000_000_000)
  const count = Number(values.count ?? Infinity)
  const endMs = Date.now() + Number(values.minutes) * 60_000
  const { only } = values
  const without = ALL_DISTURBANCES.filter(
    (kind) => values.without.includes(kind) || (only && !only.includes(kind)),
  )
  const failures: Failure[] = []
  let next = first
  let done = 0

  const take = (): Task | undefined => {
    const left = Math.min(SEEDS_AT_ONCE, first + count - next)
    if (left <= 0 || Date.now() >= endMs || failures.length >= FAILURES_MAX) return undefined
    next += left
    return { first: next - left, count: left, without }
  }
  const report = () =>
    console.log(`${done} schedules from seed ${first}, ${failures.length} failed`)
  const timer = setInterval(report, PROGRESS_MS)
  const threads = Array.from({ length: Math.max(1, availableParallelism()) }, () =>
    work(take, (task, failed) => {
      done += task.count
      for (const failure of failed) {
        failures.push(failure)
        if (failures.length > FAILURES_MAX) continue
        console.log(`seed ${failure.seed}: ${failure.text}`)
        console.log(`  again: npm run fuzz -- --seed ${failure.seed} --count 1\n`)
      }
    }),
  )
  await Promise.all(threads)
  clearInterval(timer)
  report()
  process.exitCode = failures.length === 0 ? 0 : 1
}

/** One thread, until there is no task any more. */
function work(
  take: () => Task | undefined,
  finish: (task: Task, failed: readonly Failure[]) => void,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL(import.meta.url))
    let task = take()
    const go = () => {
      if (task) worker.postMessage(task)
      else void worker.terminate().then(() => resolve())
    }
    worker.on('error', reject)
    worker.on('message', (failed: readonly Failure[]) => {
      if (task) finish(task, failed)
      task = take()
      go()
    })
    go()
  })
}

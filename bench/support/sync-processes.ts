import { readdirSync, readFileSync } from 'node:fs'

/** USER_HZ, which is 100 on every Linux. */
const TICKS_A_SECOND = 100
const KILOBYTES_A_MEGABYTE = 1024

/** What some processes and all their children have used. */
export interface Usage {
  readonly cpuSeconds: number
  /** Resident: memory that processes share, such as the program itself, is divided among them. */
  readonly memoryMb: number
  /** Of each process, the largest first. */
  readonly each: readonly { name: string; pid: number; cpuSeconds: number; memoryMb: number }[]
}

/** Linux only. CPU to the nanosecond, of all threads that live. */
export function usageOf(pids: readonly number[]): Usage {
  const each = withChildren(pids).map((pid) => ({
    name: nameOf(pid),
    pid,
    cpuSeconds: cpuSecondsOf(pid),
    memoryMb: memoryOf(pid),
  }))
  return {
    cpuSeconds: each.reduce((sum, one) => sum + one.cpuSeconds, 0),
    memoryMb: each.reduce((sum, one) => sum + one.memoryMb, 0),
    each,
  }
}

function withChildren(pids: readonly number[]): number[] {
  const all = [...pids]
  for (const pid of all) {
    for (const task of tasksOf(pid)) {
      const children = read(`/proc/${pid}/task/${task}/children`)
      all.push(...children.split(' ').filter(Boolean).map(Number))
    }
  }
  return all
}

/** With its threads, also those that have ended: a thread that owned a closed document took its time with it. */
function cpuSecondsOf(pid: number): number {
  // After the name in brackets, which may hold blanks: the state, and on; user and system time are 12 and 13 from there.
  const [, fields = ''] = read(`/proc/${pid}/stat`).split(/\) (?=[A-Z] )/)
  const ticks = fields.split(' ')
  return (Number(ticks[11] ?? 0) + Number(ticks[12] ?? 0)) / TICKS_A_SECOND
}

function memoryOf(pid: number): number {
  const kilobytes = /^Pss:\s+(\d+)/m.exec(read(`/proc/${pid}/smaps_rollup`))?.[1] ?? '0'
  return Number(kilobytes) / KILOBYTES_A_MEGABYTE
}

function nameOf(pid: number): string {
  const [, ...args] = read(`/proc/${pid}/cmdline`).split('\0')
  return (
    args
      .find((arg) => !arg.startsWith('--'))
      ?.split('/')
      .at(-1) ?? ''
  )
}

function tasksOf(pid: number): readonly string[] {
  try {
    return readdirSync(`/proc/${pid}/task`)
  } catch {
    // It has ended.
    return []
  }
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    // It has ended.
    return ''
  }
}

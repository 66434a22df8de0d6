import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

/** Set-up with packages over a slow line. */
const READY_TIMEOUT_MS = 10 * 60_000
const STOP_TIMEOUT_MS = 60_000

/** A Salvus that runs as `npm start` starts it. */
export interface RunningSalvus extends AsyncDisposable {
  readonly url: string
  /** With which the first account is made. */
  readonly setUpUrl: string | undefined
  /** From the start of the command to the printed address. */
  readonly startMs: number
  readonly dataDir: string
  /** All its processes are children of this one. */
  readonly pid: number
}

/** Runs `bin/salvus.mjs start` of a clone on a free port. Closing it stops it. */
export async function startSalvus(options: {
  readonly clone: string
  readonly dataDir: string
}): Promise<RunningSalvus> {
  const start = performance.now()
  const command = join(options.clone, 'bin', 'salvus.mjs')
  const child = spawn(
    process.execPath,
    [command, 'start', '--port', '0', '--data', options.dataDir],
    { cwd: options.clone, stdio: ['ignore', 'pipe', 'pipe'] },
  )
  const { url, setUpUrl, urlMs } = await readAddress(child)
  return {
    url,
    setUpUrl,
    startMs: urlMs - start,
    dataDir: options.dataDir,
    pid: child.pid ?? 0,
    [Symbol.asyncDispose]: () => stop(child),
  }
}

/** A data directory that projects' users may pass, and that is removed at the end. */
export async function temporaryData(): Promise<AsyncDisposable & { readonly path: string }> {
  const path = await mkdtemp(join(tmpdir(), 'salvus-bench-'))
  await chmod(path, 0o755)
  return {
    path,
    [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }),
  }
}

interface Address {
  readonly url: string
  readonly setUpUrl: string | undefined
  readonly urlMs: number
}

/** The set-up address follows the address in the same breath, before the line about Ctrl-C. */
function readAddress(child: ChildProcess): Promise<Address> {
  return new Promise((resolve, reject) => {
    const lines: string[] = []
    let url: string | undefined
    let setUpUrl: string | undefined
    let urlMs = 0
    const fail = (): void => reject(new Error(`salvus did not start:\n${lines.join('\n')}`))
    const timer = setTimeout(fail, READY_TIMEOUT_MS)
    child.once('exit', fail)
    for (const stream of [child.stdout, child.stderr]) {
      if (stream === null) continue
      createInterface({ input: stream }).on('line', (line) => {
        lines.push(line)
        const found = /Salvus is at\s+(\S+)/.exec(line)?.[1]
        if (found !== undefined) {
          url = found
          urlMs = performance.now()
        }
        setUpUrl ??= /\S+#set-up=\S+/.exec(line)?.[0]
        if (url === undefined || !line.includes('Ctrl-C stops')) return
        clearTimeout(timer)
        child.off('exit', fail)
        resolve({ url, setUpUrl, urlMs })
      })
    }
  })
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  child.kill('SIGTERM')
  await once(child, 'exit', { signal: AbortSignal.timeout(STOP_TIMEOUT_MS) })
}

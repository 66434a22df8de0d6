import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'

import { testPython } from './programs.ts'

/** How long an installation may take until it prints its address: a busy machine, a first build. */
const START_DEADLINE_MS = 120_000

/** How long it may take to stop everything it started. */
const STOP_DEADLINE_MS = 60_000

export interface Installation extends AsyncDisposable {
  /** Without a slash at its end. */
  readonly url: string
  /** Where the first account is made; undefined where there is one. */
  readonly setUpUrl: string | undefined
  readonly dataDir: string
  readonly process: ChildProcess
  /** All that it printed. */
  output(): string
}

export interface InstallationOptions {
  readonly dataDir?: string
  readonly arguments?: readonly string[]
  readonly environment?: Readonly<Record<string, string>>
  /** `sage`: what the machine has; otherwise the Python that the tests have prepared. */
  readonly worksheets?: 'sage'
  /** Called with the data directory before the start: configuration, secrets. */
  readonly prepare?: (dataDir: string) => Promise<void>
}

/** Starts Salvus as the README says, on a free port and a data directory of its own. */
export async function startInstallation(options: InstallationOptions = {}): Promise<Installation> {
  const dataDir = options.dataDir ?? (await mkdtemp(join(tmpdir(), 'salvus-data-')))
  await options.prepare?.(dataDir)
  const python = options.worksheets === 'sage' ? undefined : testPython()
  const child = spawn(
    process.execPath,
    [
      resolve('bin/salvus.mjs'),
      'start',
      '--port',
      '0',
      '--data',
      dataDir,
      ...(options.arguments ?? []),
    ],
    {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        ...process.env,
        ...(python ? { SALVUS_WORKSHEET_PYTHON: python } : {}),
        ...options.environment,
      },
    },
  )
  let printed = ''
  const found = await new Promise<{ url: string; setUpUrl: string | undefined }>(
    (resolveFound, reject) => {
      const fail = (reason: string): void =>
        reject(new Error(`Salvus did not start: ${reason}\n${printed}`))
      const timer = setTimeout(
        () => fail(`no address within ${START_DEADLINE_MS} ms`),
        START_DEADLINE_MS,
      )
      const read = (chunk: Buffer): void => {
        printed += chunk.toString()
        const url = /Salvus is at\s+(\S+)/.exec(printed)?.[1]
        if (url === undefined || !printed.includes('Ctrl-C stops it')) return
        clearTimeout(timer)
        resolveFound({
          url: url.replace(/\/$/, ''),
          setUpUrl: /(\S+#set-up=\S+)/.exec(printed)?.[1],
        })
      }
      child.stdout.on('data', read)
      child.stderr.on('data', read)
      child.once('exit', (code) => {
        clearTimeout(timer)
        fail(`it ended with ${code}`)
      })
    },
  )
  return {
    ...found,
    dataDir,
    process: child,
    output: () => printed,
    async [Symbol.asyncDispose]() {
      await stopped(child)
      if (options.dataDir === undefined) await rm(dataDir, { recursive: true, force: true })
    },
  }
}

/** As Ctrl-C does; fails where that takes too long. */
export async function stopped(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  await new Promise<void>((resolve, reject) => {
    const timer = setTimeout(() => {
      child.kill('SIGKILL')
      reject(new Error(`Salvus did not stop within ${STOP_DEADLINE_MS} ms`))
    }, STOP_DEADLINE_MS)
    child.once('exit', () => {
      clearTimeout(timer)
      resolve()
    })
    child.kill('SIGINT')
  })
}

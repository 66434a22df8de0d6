import { spawn, spawnSync } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'

import { note } from './emit.ts'

/** The versions that the figures in docs are beside. */
const PACKAGES = ['jupyterlab==4.*', 'jupyter-collaboration==5.*', 'ipykernel']
const STAMP = '.ready'
const START_TIMEOUT_MS = 60_000
const STOP_TIMEOUT_MS = 10_000
const REQUEST_EVERY_MS = 100

/** JupyterLab with its collaboration, the peer of most figures. */
export interface RunningJupyter extends AsyncDisposable {
  /** With `/lab` at its end. */
  readonly url: string
  readonly token: string
  /** What it shows. */
  readonly rootDir: string
}

/** Installs JupyterLab into bench/peers where it is not, and starts it in an empty folder. */
export async function startJupyter(
  files: Readonly<Record<string, string>>,
): Promise<RunningJupyter> {
  const home = installJupyter()
  const rootDir = await mkdtemp(join(tmpdir(), 'salvus-bench-jupyter-'))
  for (const [name, text] of Object.entries(files)) await writeFile(join(rootDir, name), text)
  const port = await freePort()
  const token = 'bench'
  const child = spawn(
    join(home, 'bin', 'jupyter'),
    [
      'lab',
      '--allow-root',
      '--no-browser',
      '--ip=127.0.0.1',
      `--port=${port}`,
      '--ServerApp.port_retries=0',
      `--IdentityProvider.token=${token}`,
      `--ServerApp.root_dir=${rootDir}`,
    ],
    {
      cwd: rootDir,
      stdio: 'ignore',
      env: { ...process.env, JUPYTER_CONFIG_DIR: join(rootDir, '.config') },
    },
  )
  const url = `http://127.0.0.1:${port}/lab`
  await untilItAnswers(`http://127.0.0.1:${port}/api?token=${token}`, child)
  return {
    url,
    token,
    rootDir,
    [Symbol.asyncDispose]: async () => {
      child.kill('SIGTERM')
      const killer = setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT_MS)
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
      clearTimeout(killer)
      await rm(rootDir, { recursive: true, force: true })
    },
  }
}

function installJupyter(): string {
  const home = resolve('bench', 'peers', 'jupyter')
  if (existsSync(join(home, STAMP))) return home
  note('installing JupyterLab into bench/peers (19 s, 292 MB) ...')
  run('python3', ['-m', 'venv', home])
  run(join(home, 'bin', 'pip'), ['install', '--quiet', ...PACKAGES])
  run('touch', [join(home, STAMP)])
  return home
}

function run(command: string, args: readonly string[]): void {
  const { status } = spawnSync(command, args, { stdio: ['ignore', 2, 2] })
  if (status !== 0) throw new Error(`${command} ${args.join(' ')} failed`)
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  return address !== null && typeof address === 'object' ? address.port : 0
}

/** A peer tells nobody when it serves, so it is asked. */
async function untilItAnswers(url: string, child: ChildProcess): Promise<void> {
  const deadline = performance.now() + START_TIMEOUT_MS
  while (performance.now() < deadline && child.exitCode === null) {
    const response = await fetch(url).catch(() => undefined)
    if (response?.ok === true) return
    await new Promise((resolve) => {
      setTimeout(resolve, REQUEST_EVERY_MS)
    })
  }
  throw new Error('JupyterLab did not start')
}

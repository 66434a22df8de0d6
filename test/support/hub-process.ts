import { type ChildProcess, spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'

import { build } from 'esbuild'

/** On a machine with everything else to do. */
const START_DEADLINE_MS = 60_000

/** The hub's program as it is in the sources, inside node_modules, so that its external packages are found. */
export interface HubProgram extends AsyncDisposable {
  readonly dir: string
}

export async function buildHub(): Promise<HubProgram> {
  const cache = resolve('node_modules/.cache')
  await mkdir(cache, { recursive: true })
  const dir = await mkdtemp(join(cache, 'salvus-hub-'))
  await build({
    entryPoints: { hub: 'src/hub/main.ts', 'database-worker': 'src/database/sqlite/worker.ts' },
    outdir: dir,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    packages: 'external',
    logLevel: 'error',
  })
  await writeFile(join(dir, 'package.json'), '{ "type": "module" }')
  return { dir, [Symbol.asyncDispose]: () => rm(dir, { recursive: true, force: true }) }
}

/** A hub in a process of its own, which can be killed. */
export class HubProcess implements AsyncDisposable {
  readonly port: number
  readonly setUpUrl: string | undefined
  readonly #child: ChildProcess

  /** The data directory must have the folder `client`, with an `index.html`. */
  static async start(
    { dir }: HubProgram,
    settings: Readonly<Record<string, unknown>> & { readonly dataDir: string },
  ): Promise<HubProcess> {
    const { dataDir } = settings
    const all = {
      clientDir: join(dataDir, 'client'),
      secretsDir: join(dataDir, 'secrets'),
      ...{ port: 0, contentPort: 0, metricsPort: 0, logLevel: 'warn' },
      ...settings,
    }
    const file = join(dataDir, `hub-${randomUUID()}.json`)
    await writeFile(file, JSON.stringify(all))
    const errors = process.env['SALVUS_TEST_LOG'] ? 'inherit' : 'ignore'
    const child = spawn(process.execPath, [join(dir, 'hub.js'), '--config', file], {
      stdio: ['ignore', 'ignore', errors, 'ipc'],
    })
    return new HubProcess(child, await ready(child))
  }

  private constructor(child: ChildProcess, { port, setUpUrl }: Ready) {
    this.#child = child
    this.port = port
    this.setUpUrl = setUpUrl
  }

  /** Resolves with its exit code, or undefined where a signal ended it. */
  async end(signal: NodeJS.Signals): Promise<number | undefined> {
    const child = this.#child
    if (child.exitCode === null && child.signalCode === null) {
      const ended = new Promise((resolve) => child.once('exit', resolve))
      child.kill(signal)
      await ended
    }
    return child.exitCode ?? undefined
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.end('SIGKILL')
  }
}

interface Ready {
  readonly port: number
  readonly setUpUrl?: string
}

function ready(child: ChildProcess): Promise<Ready> {
  return new Promise((resolve, reject) => {
    const fail = (why: string): void => {
      clearTimeout(timer)
      child.kill('SIGKILL')
      reject(new Error(`the hub did not start: ${why}`))
    }
    const timer = setTimeout(() => fail('not ready'), START_DEADLINE_MS)
    child.once('exit', (code) => fail(`it ended with ${code}`))
    child.once('message', (message) => {
      clearTimeout(timer)
      child.removeAllListeners('exit')
      // The only message that a hub sends.
      resolve(message as Ready)
    })
  })
}

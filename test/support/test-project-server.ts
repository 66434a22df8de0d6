import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { existsSync, watch } from 'node:fs'
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { hostClaims } from '../../src/hub/projects/host-claims.ts'
import { ProjectServers } from '../../src/hub/relay/project-servers.ts'
import { silentLogger } from '../../src/daemon/logging.ts'
import type { Isolation } from '../../src/messages/admin.ts'
import type { ProjectId } from '../../src/messages/ids.ts'
import type { ProjectState, StartPhase } from '../../src/messages/projects.ts'
import { memoryPlaces } from './memory-places.ts'

/** User ids of this run, far from those of an installation on the same machine. */
const UID_BASE = 700_000 + (process.pid % 10_000) * 1000

export interface TestHostOptions {
  readonly host?: string
  /** 0: no lease. */
  readonly leaseSeconds?: number
}

/** A real project server in a process of its own, with a hub's control link to it. */
export class TestProjectServer implements AsyncDisposable {
  readonly dataDir: string
  readonly host: string
  readonly secret = randomBytes(32).toString('hex')
  /** Of hubs that have no database. */
  readonly places = memoryPlaces()
  readonly phases: StartPhase[] = []
  readonly states: ProjectState[] = []
  readonly #runtimeDir: string
  readonly #isolation: Isolation
  readonly #leaseSeconds: number
  readonly #waiting = new Set<() => void>()
  #child: ChildProcess | undefined
  #servers: ProjectServers | undefined

  static async start(
    runtimeDir: string,
    isolation: Isolation,
    options: TestHostOptions = {},
  ): Promise<TestProjectServer> {
    const dataDir = await mkdtemp(join(tmpdir(), 'salvus-data-'))
    await chmod(dataDir, 0o711)
    const server = new TestProjectServer(dataDir, runtimeDir, isolation, options)
    await mkdir(join(dataDir, 'run'), { mode: 0o711 })
    await mkdir(join(dataDir, 'secrets'), { mode: 0o700 })
    await writeFile(server.secretFile, server.secret, { mode: 0o600 })
    server.run()
    return server
  }

  private constructor(
    dataDir: string,
    runtimeDir: string,
    isolation: Isolation,
    { host = 'local', leaseSeconds = 0 }: TestHostOptions,
  ) {
    this.dataDir = dataDir
    this.#runtimeDir = runtimeDir
    this.#isolation = isolation
    this.host = host
    this.#leaseSeconds = leaseSeconds
  }

  get secretFile(): string {
    return join(this.dataDir, 'secrets', 'project-server')
  }

  get address(): string {
    return `unix:${join(this.dataDir, 'run', 'project-server.sock')}`
  }

  /** The hub's control link; it links anew by itself. */
  get servers(): ProjectServers {
    this.#servers ??= new ProjectServers({
      hubId: 'test hub',
      hosts: [{ host: this.host, address: this.address, secret: this.secret }],
      logger: silentLogger(),
      claimsOf: (host) => hostClaims(this.places, host),
      onPhase: (_projectId, phase) => this.phases.push(phase),
      onState: (_projectId, state) => {
        this.states.push(state)
        for (const check of this.#waiting) check()
      },
    })
    return this.#servers
  }

  /** Starts the process; again after `kill`. */
  run(): void {
    const settings = {
      'data-dir': this.dataDir,
      host: this.host,
      'lease-seconds': String(this.#leaseSeconds),
      address: this.address,
      'secret-file': this.secretFile,
      'runtime-dir': this.#runtimeDir,
      isolation: this.#isolation,
      'uid-base': String(UID_BASE),
      'log-level': 'info',
    }
    const options = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value])
    this.#child = spawn(
      process.execPath,
      [join(this.#runtimeDir, 'project-server.js'), ...options],
      { stdio: ['ignore', 'ignore', process.env['SALVUS_TEST_LOG'] ? 'inherit' : 'ignore'] },
    )
  }

  /** SIGSTOP, SIGCONT. */
  signal(signal: NodeJS.Signals): void {
    this.#child?.kill(signal)
  }

  /** Ends the process and waits for it; the projects go on. */
  async end(signal: NodeJS.Signals): Promise<void> {
    const child = this.#child
    if (!child || child.exitCode !== null || child.signalCode !== null) return
    const exited = new Promise((resolve) => child.once('exit', resolve))
    child.kill(signal)
    await exited
  }

  async start(projectId: ProjectId): ReturnType<ProjectServers['start']> {
    const found = await this.places.locations.get(projectId)
    return this.servers.start(this.host, projectId, found?.epoch)
  }

  /** Resolves when a project has been in the state since the last call of `forget`. */
  async state(state: ProjectState, deadlineMs = 60_000): Promise<void> {
    await this.#until(() => this.states.includes(state), deadlineMs)
  }

  async log(projectId: ProjectId): Promise<string> {
    return readFile(join(this.dataDir, 'logs', 'projects', `${projectId}.log`), 'utf8')
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child?.exitCode !== null || this.#child.signalCode !== null) this.run()
    for (const name of await readdir(join(this.dataDir, 'run'))) {
      if (existsSync(join(this.dataDir, 'run', name, 'launcher.json'))) {
        await this.servers.stop(this.host, name as ProjectId)
      }
    }
    await this.#servers?.[Symbol.asyncDispose]()
    await this.end('SIGTERM')
    await rm(this.dataDir, { recursive: true, force: true })
  }

  #until(condition: () => boolean, deadlineMs: number): Promise<void> {
    if (condition()) return Promise.resolve()
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#waiting.delete(check)
        reject(new Error(`not in ${deadlineMs} ms; states: ${this.states.join(', ')}`))
      }, deadlineMs)
      const check = (): void => {
        if (!condition()) return
        clearTimeout(timer)
        this.#waiting.delete(check)
        resolve()
      }
      this.#waiting.add(check)
    })
  }
}

/** Resolves when the file is there. */
export function fileAppears(path: string, deadlineMs = 60_000): Promise<void> {
  return new Promise((resolve, reject) => {
    const folder = path.slice(0, path.lastIndexOf('/'))
    const watcher = watch(folder, () => {
      if (existsSync(path)) finish(resolve)
    })
    const timer = setTimeout(() => finish(() => reject(new Error(`no ${path}`))), deadlineMs)
    const finish = (settle: () => void): void => {
      clearTimeout(timer)
      watcher.close()
      settle()
    }
    if (existsSync(path)) finish(resolve)
  })
}

import { spawn } from 'node:child_process'
import { realpath } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { buffer } from 'node:stream/consumers'

import { silentLogger } from '../../src/daemon/logging.ts'
import { ApiServer } from '../../src/local-hub/project-api/api-server.ts'
import { bundledWorker } from './bundled-worker.ts'
import { testPython } from './programs.ts'
import { temporaryDirectory } from './temporary-directory.ts'
import { openTestDocuments, type TestDocuments } from './test-documents.ts'

/** A project's documents with their API, in this process; programs are real ones. */
export interface TestApi extends AsyncDisposable {
  readonly dir: string
  readonly socketPath: string
  readonly documents: TestDocuments
}

export async function openTestApi(dir?: string): Promise<TestApi> {
  const projectDir = await realpath(dir ?? (await temporaryDirectory()))
  const socketPath = join(await temporaryDirectory(), 'api.sock')
  const documents = await openTestDocuments(projectDir)
  const { programs } = documents.area
  const logger = silentLogger()
  const api = await ApiServer.listen({ projectDir, socketPath, documents: programs, logger })
  return {
    dir: projectDir,
    socketPath,
    documents,
    async [Symbol.asyncDispose]() {
      await api[Symbol.asyncDispose]()
      await documents[Symbol.asyncDispose]()
    },
  }
}

export interface Ran {
  readonly code: number | null
  readonly out: string
  readonly err: string
}

export interface RunOptions {
  readonly cwd: string
  readonly input?: string | Uint8Array
  readonly environment?: Readonly<Record<string, string>>
}

/** Runs a program in a project; `environment` beyond the PATH. */
export async function run(
  program: string,
  args: readonly string[],
  { cwd, input, environment }: RunOptions,
): Promise<Ran> {
  const child = spawn(program, args, {
    cwd,
    env: { PATH: process.env['PATH'], HOME: cwd, ...environment },
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  // One that reads no input may be gone already.
  child.stdin.on('error', () => undefined)
  child.stdin.end(input)
  const code = new Promise<number | null>((settle, fail) => {
    child.once('error', fail)
    child.once('close', settle)
  })
  const [out, err] = await Promise.all([buffer(child.stdout), buffer(child.stderr)])
  return { code: await code, out: out.toString(), err: err.toString() }
}

let command: Promise<string> | undefined

/** The program behind `salvus` of a project. */
export function commandFile(): Promise<string> {
  command ??= bundledWorker('src/programs/command/main.ts')
  return command
}

let client: Promise<string> | undefined

/** The module of SALVUS_CLIENT. */
export function clientFile(): Promise<string> {
  client ??= bundledWorker('src/programs/salvus-client.ts')
  return client
}

/** `salvus doc ARGS` in a project, which is found from its directory. */
export async function salvusDoc(args: readonly string[], options: RunOptions): Promise<Ran> {
  return run(process.execPath, [await commandFile(), 'doc', ...args], options)
}

/** What Python programs of a project have beside its directory. */
export const PYTHON_ENVIRONMENT = { PYTHONPATH: resolve('src/sage-server') }

export function python(code: string, options: RunOptions): Promise<Ran> {
  const environment = { ...PYTHON_ENVIRONMENT, ...options.environment }
  return run(testPython() ?? 'python3', ['-c', code], { ...options, environment })
}

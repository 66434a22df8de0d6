import { type ChildProcess, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'

import { testNatsServer } from './programs.ts'

/** On a machine with everything else to do. */
const START_DEADLINE_MS = 60_000

/** Whether tests of the bus between hubs can run here. */
export const hasNatsServer = testNatsServer() !== undefined

/** Said in the title of a test that is left out. */
export const WITHOUT_NATS = hasNatsServer
  ? ''
  : ' (skipped: there is no nats-server; apt install nats-server)'

/** A real NATS server on a port of its own. */
export class NatsServer implements AsyncDisposable {
  readonly port: number
  readonly #child: ChildProcess

  static async start(args: readonly string[] = []): Promise<NatsServer> {
    const program = testNatsServer()
    if (program === undefined) throw new Error('there is no nats-server')
    const child = spawn(program, ['-a', '127.0.0.1', '-p', '-1', ...args], {
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    const lines: string[] = []
    const port = await new Promise<number>((resolve, reject) => {
      const fail = (why: string): void => {
        clearTimeout(timer)
        child.kill('SIGKILL')
        reject(new Error(`nats-server: ${why}\n${lines.join('\n')}`))
      }
      const timer = setTimeout(() => fail('not ready'), START_DEADLINE_MS)
      let found: number | undefined
      createInterface({ input: child.stderr }).on('line', (line) => {
        lines.push(line)
        found ??= portOf(line)
        if (found === undefined || !line.includes('Server is ready')) return
        clearTimeout(timer)
        resolve(found)
      })
      child.once('error', (error) => fail(error.message))
      child.once('exit', (code) => fail(`ended with ${code}`))
    })
    return new NatsServer(child, port)
  }

  private constructor(child: ChildProcess, port: number) {
    this.#child = child
    this.port = port
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const child = this.#child
    if (child.exitCode !== null || child.signalCode !== null) return
    const ended = new Promise((resolve) => child.once('exit', resolve))
    child.kill('SIGKILL')
    await ended
  }
}

function portOf(line: string): number | undefined {
  const found = /client connections on 127\.0\.0\.1:(\d+)/.exec(line)?.[1]
  return found === undefined ? undefined : Number(found)
}

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { watch } from 'node:fs'
import { join } from 'node:path'

import { SageLink } from '../../../src/local-hub/worksheets/sage-link.ts'
import { testPython } from '../../support/programs.ts'

const SOURCE = join(import.meta.dirname, '../../../src/sage-server')

/** The tests' Python, with the packages where the set-up has made one; plain Python without them will do. */
const PYTHON = testPython() ?? 'python3'

/** A real Sage server, started when first asked for and again after it was killed, as the launcher does. */
export class TestSageServer implements AsyncDisposable {
  readonly #home: string
  #process: ChildProcess | undefined
  #starting: Promise<string> | undefined

  constructor(home: string) {
    this.#home = home
  }

  readonly ensure = (): Promise<string> => (this.#starting ??= this.#start())

  async kill(): Promise<void> {
    const process = this.#process
    if (process === undefined) throw new Error('it was not started')
    const exited = once(process, 'exit')
    this.#starting = undefined
    process.kill('SIGKILL')
    await exited
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const process = this.#process
    if (process?.exitCode !== null || process.signalCode !== null) return
    const exited = once(process, 'exit')
    process.kill('SIGTERM')
    await exited
  }

  async #start(): Promise<string> {
    const socket = join(this.#home, `sage-${Date.now()}.socket`)
    const watcher = watch(this.#home)
    const listening = new Promise<void>((resolve) => {
      watcher.on('change', (_, name) => {
        if (name === socket.slice(this.#home.length + 1)) resolve()
      })
    })
    const child = spawn(
      PYTHON,
      ['-m', 'salvus_sage', '--socket', socket, '--home', this.#home, '--mode', 'python'],
      {
        stdio: 'inherit',
        env: { ...process.env, PYTHONPATH: SOURCE, MPLCONFIGDIR: join(this.#home, 'mpl') },
      },
    )
    this.#process = child
    try {
      const gone = once(child, 'exit').then(([code]) => {
        throw new Error(`the Sage server ended with ${String(code)}`)
      })
      gone.catch(() => undefined)
      await Promise.race([listening, gone])
    } finally {
      watcher.close()
    }
    return socket
  }
}

/** Waits until it has imported what it has. */
export async function warm(path: string): Promise<void> {
  const { link } = await SageLink.open(path, { onEvent: () => undefined, onClose: () => undefined })
  link.close()
}

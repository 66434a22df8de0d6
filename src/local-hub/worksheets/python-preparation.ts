import { type FSWatcher, watch } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { basename, dirname } from 'node:path'
import { z } from 'zod'

import type { ErrorCode } from '../../messages/errors.ts'
import { CodedError, codeOf } from '../../util/coded-error.ts'

/** What the set-up writes of the Python environment, replaced by rename at each change. */
const pythonState = z.looseObject({
  state: z.enum(['preparing', 'ready', 'failed']),
  message: z.string().optional(),
  remedy: z.string().optional(),
  python: z.string().optional(),
})
export type PythonState = z.infer<typeof pythonState>

/** How long a cell waits for packages to be installed: slow networks take a quarter of an hour for 62 MB. */
const PREPARATION_DEADLINE_MS = 30 * 60_000

/** How far the Python environment of worksheets is. */
export interface Preparation {
  readonly state: PythonState
  /** Resolved when it is ready. @throws CodedError `unavailable` where it failed, `deadline` */
  ready(): Promise<void>
  onChange(listener: () => void): () => void
}

/** Watches the folder of the set-up's file. Who opens it closes it. */
export class PythonPreparation implements Preparation, AsyncDisposable {
  readonly #path: string
  readonly #listeners = new Set<() => void>()
  #watcher: FSWatcher | undefined
  state: PythonState = { state: 'preparing' }

  static async open(path: string): Promise<PythonPreparation> {
    const preparation = new PythonPreparation(path)
    preparation.#watch()
    await preparation.#read()
    return preparation
  }

  private constructor(path: string) {
    this.#path = path
  }

  async ready(): Promise<void> {
    if (this.state.state === 'preparing') await this.#changed()
    // A Python that lacks its packages still runs the server, which says what is missing.
    if (this.state.state === 'ready' || this.state.python !== undefined) return
    const { message = 'Python could not be prepared', remedy } = this.state
    const text = remedy === undefined ? message : `${message} (${remedy})`
    throw new CodedError<ErrorCode>('unavailable', text)
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#watcher?.close()
    this.#listeners.clear()
  }

  #changed(): Promise<void> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        stop()
        reject(new CodedError<ErrorCode>('deadline', 'Python is still being prepared'))
      }, PREPARATION_DEADLINE_MS)
      timer.unref()
      const stop = this.onChange(() => {
        if (this.state.state === 'preparing') return
        clearTimeout(timer)
        stop()
        resolve()
      })
    })
  }

  #watch(): void {
    this.#watcher = watch(dirname(this.#path), (_, name) => {
      if (name === null || name === basename(this.#path)) void this.#read()
    })
    this.#watcher.on('error', (error) => this.#set({ state: 'failed', message: error.message }))
  }

  async #read(): Promise<void> {
    try {
      this.#set(pythonState.parse(JSON.parse(await readFile(this.#path, 'utf8'))))
    } catch (error) {
      // Not there yet: the set-up has not begun.
      if (codeOf(error) === 'ENOENT') return
      const message = `how far the Python environment is can't be read: ${String(error)}`
      this.#set({ state: 'failed', message })
    }
  }

  #set(state: PythonState): void {
    this.state = state
    for (const listener of [...this.#listeners]) listener()
  }
}

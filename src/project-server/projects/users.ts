import { randomInt } from 'node:crypto'
import { chown, readFile, rename, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'

import { codeOf } from '../../util/coded-error.ts'

const uidFile = z.object({ next: z.int() })

/**
 * Each data directory begins somewhere else: ending all processes of a project's user must not end those of another
 * installation on this machine.
 */
const BLOCKS = 10_000
const BLOCK_USERS = 10_000

/**
 * The Unix user of each project: the owner of its directory says which. Numbers are never given twice, so that what
 * a purged project left somewhere belongs to nobody.
 */
export class ProjectUsers {
  readonly #file: string
  readonly #base: number
  #last: Promise<number> | undefined

  constructor(dataDir: string, base: number) {
    this.#file = join(dataDir, 'projects', '.uids.json')
    this.#base = base
  }

  /** The user of a project's directory; given a new one where it has none. */
  async ensure(projectDir: string): Promise<number> {
    const { uid } = await stat(projectDir)
    if (uid >= this.#base) return uid
    const fresh = await this.#take()
    await chown(projectDir, fresh, fresh)
    return fresh
  }

  #take(): Promise<number> {
    const before = this.#last ?? this.#read()
    this.#last = before.then(async (last) => {
      const uid = last + 1
      await writeFile(`${this.#file}.new`, JSON.stringify({ next: uid + 1 }), { mode: 0o600 })
      await rename(`${this.#file}.new`, this.#file)
      return uid
    })
    return this.#last
  }

  async #read(): Promise<number> {
    try {
      return uidFile.parse(JSON.parse(await readFile(this.#file, 'utf8'))).next - 1
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return this.#base + randomInt(BLOCKS) * BLOCK_USERS - 1
      throw error
    }
  }
}

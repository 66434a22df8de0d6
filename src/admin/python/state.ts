import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

import { writeFileAtomically } from '../atomic-file.ts'

/**
 * How far the Python environment of worksheets is. The file `python/state.json` of the data
 * directory holds it, replaced by rename at each change; the processes watch its folder.
 */
export type PythonState =
  | { readonly state: 'preparing'; readonly step: string; readonly message: string }
  | {
      readonly state: 'ready'
      readonly step: 'ready'
      readonly message: string
      /** Runs `<python> -m salvus_sage`. */
      readonly python: string
      readonly mode: 'sage' | 'python'
      /** Of the requirements it was made from; not there for Sage. */
      readonly hash?: string
    }
  | {
      readonly state: 'failed'
      readonly step: string
      readonly message: string
      readonly remedy: string
      /** One that can at least run the server without its packages. */
      readonly python?: string
    }

export class PythonStateFile {
  readonly path: string

  constructor(sharedDir: string) {
    this.path = join(sharedDir, 'python', 'state.json')
  }

  read(): PythonState | undefined {
    if (!existsSync(this.path)) return undefined
    // Only `write` below makes this file, and never half of it.
    return JSON.parse(readFileSync(this.path, 'utf8')) as PythonState
  }

  /** Readable for projects' users: their local hub shows it. */
  write(state: PythonState): void {
    writeFileAtomically(this.path, `${JSON.stringify(state)}\n`, 0o644)
  }
}

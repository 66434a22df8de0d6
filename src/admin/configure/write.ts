import { existsSync, mkdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'

import { writeFileAtomically } from '../atomic-file.ts'
import { diffLines } from './diff.ts'
import type { GeneratedFile } from './file.ts'

/** Names what was written, a path a line: only that is ever removed again. */
export const GENERATED = 'generated.txt'

const SECRET_MODE = 0o600
const PLAIN_MODE = 0o644

/** What `salvus configure` would do to one file. */
export interface Change {
  readonly path: string
  readonly kind: 'new' | 'changed' | 'mode' | 'gone'
  /** What a person is shown: never a line of a secret file. */
  readonly shown: readonly string[]
}

/** Compares what was generated with what is in a folder. What was generated once and is no longer, goes. */
export function compareWith(folder: string, files: readonly GeneratedFile[]): readonly Change[] {
  const changes: Change[] = []
  for (const file of files) {
    const change = compareFile(join(folder, file.path), file)
    if (change !== undefined) changes.push(change)
  }
  const wanted = new Set(files.map(({ path }) => path))
  for (const path of generatedBefore(folder)) {
    if (wanted.has(path) || !existsSync(join(folder, path))) continue
    changes.push({ path, kind: 'gone', shown: ['(no longer needed)'] })
  }
  return changes
}

/** Writes what has changed, each file whole or not at all; secrets first, so that nothing waits for one. */
export function applyChanges(
  folder: string,
  files: readonly GeneratedFile[],
  changes: readonly Change[],
): void {
  const changed = new Set(changes.map(({ path }) => path))
  const ordered = [...files].sort((a, b) => Number(b.secret ?? false) - Number(a.secret ?? false))
  mkdirSync(folder, { recursive: true, mode: 0o755 })
  for (const file of ordered) {
    if (!changed.has(file.path)) continue
    const target = join(folder, file.path)
    mkdirSync(dirname(target), { recursive: true, mode: 0o755 })
    writeFileAtomically(target, file.text, modeOf(file))
  }
  for (const { path, kind } of changes) {
    if (kind === 'gone') rmSync(join(folder, path), { force: true })
  }
}

function compareFile(target: string, file: GeneratedFile): Change | undefined {
  const { path } = file
  if (!existsSync(target)) return { path, kind: 'new', shown: describe(file) }
  const there = readFileSync(target, 'utf8')
  if (there !== file.text) {
    const shown = file.secret === true ? describe(file) : diffLines(there, file.text)
    return { path, kind: 'changed', shown }
  }
  const mode = statSync(target).mode & 0o777
  if (mode === modeOf(file)) return undefined
  const shown = [`(mode ${mode.toString(8)} becomes ${modeOf(file).toString(8)})`]
  return { path, kind: 'mode', shown }
}

function describe(file: GeneratedFile): readonly string[] {
  if (file.secret === true) return ['(holds a secret, which is not shown)']
  return [`(${file.text.split('\n').length - 1} lines)`]
}

function modeOf({ secret }: GeneratedFile): number {
  return secret === true ? SECRET_MODE : PLAIN_MODE
}

/** Paths that lead out of the folder are nobody's but a vandal's. */
function generatedBefore(folder: string): readonly string[] {
  const file = join(folder, GENERATED)
  if (!existsSync(file)) return []
  const paths = readFileSync(file, 'utf8').split('\n')
  return paths.filter((path) => path !== '' && !path.startsWith('/') && !path.includes('..'))
}

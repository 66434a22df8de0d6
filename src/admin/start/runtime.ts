import { createHash } from 'node:crypto'
import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs'
import { copyFile, cp, mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'

import { DIST_DIR, ROOT_DIR, isRoot } from '../options.ts'
import { canRun } from '../python/unprivileged.ts'

/*
 * What runs inside a project: bundles, the Sage server's Python, and the packages with machine
 * code. Where projects have users of their own these must be able to read it, whereas the clone may
 * lie under /root: a copy goes to `runtime/<hash>` of the data directory, and projects that run
 * keep the version they were started with while the next one is built.
 */

export interface Runtime {
  /** Holds the bundles and sage-server/. */
  readonly dir: string
  /** The Node that projects run. */
  readonly node: string
}

const PROGRAMS = [
  'launcher.js',
  'local-hub.js',
  'sync-worker.js',
  'console-server.js',
  'project-command.js',
  'salvus-client.js',
  'salvus-client.d.ts',
]

/** The packages that those load from node_modules. */
const PACKAGES = ['node-pty', 'zeromq']

/** Older copies stay for the projects that run on them. */
const COPIES_KEPT = 3

export async function prepareRuntime(sharedDir: string): Promise<Runtime> {
  if (!isRoot()) return { dir: DIST_DIR, node: process.execPath }
  const parent = join(sharedDir, 'runtime')
  const dir = join(parent, runtimeHash())
  if (!existsSync(dir)) {
    await removeOlder(parent)
    const beside = `${dir}.${process.pid}.tmp`
    await copyRuntime(beside)
    await rename(beside, dir)
  }
  return { dir, node: await readableNode(parent) }
}

/** Of the programs and of the versions of the packages beside them. */
function runtimeHash(): string {
  const hash = createHash('sha256')
  for (const name of PROGRAMS) {
    const file = join(DIST_DIR, name)
    if (existsSync(file)) hash.update(name).update(readFileSync(file))
  }
  hash.update(readFileSync(join(ROOT_DIR, 'package-lock.json')))
  const sage = join(DIST_DIR, 'sage-server')
  for (const name of existsSync(sage) ? filesBelow(sage) : []) {
    hash.update(name).update(readFileSync(join(sage, name)))
  }
  return hash.digest('hex').slice(0, 16)
}

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .sort()
}

async function copyRuntime(target: string): Promise<void> {
  await rm(target, { recursive: true, force: true })
  await mkdir(target, { recursive: true, mode: 0o755 })
  for (const name of PROGRAMS) {
    const file = join(DIST_DIR, name)
    if (existsSync(file)) await copyFile(file, join(target, basename(file)))
  }
  // The bundles are ES modules, which Node knows from the package file beside them.
  await writeFile(join(target, 'package.json'), '{ "type": "module" }\n')
  const sage = join(DIST_DIR, 'sage-server')
  if (existsSync(sage)) await cp(sage, join(target, 'sage-server'), { recursive: true })
  for (const name of withDependencies(PACKAGES)) {
    const source = join(ROOT_DIR, 'node_modules', name)
    await cp(source, join(target, 'node_modules', name), { recursive: true, dereference: true })
  }
}

/** The packages and all they depend on, as far as they are installed. */
function withDependencies(names: readonly string[]): Set<string> {
  const found = new Set<string>()
  const queue = [...names]
  for (let name = queue.pop(); name !== undefined; name = queue.pop()) {
    const file = join(ROOT_DIR, 'node_modules', name, 'package.json')
    if (found.has(name) || !existsSync(file)) continue
    found.add(name)
    const description = JSON.parse(readFileSync(file, 'utf8')) as PackageFile
    queue.push(...Object.keys(description.dependencies ?? {}))
    queue.push(...Object.keys(description.optionalDependencies ?? {}))
  }
  return found
}

/** What npm has checked before it installed the package. */
interface PackageFile {
  readonly dependencies?: Readonly<Record<string, string>>
  readonly optionalDependencies?: Readonly<Record<string, string>>
}

/** This Node where others can run it; else a copy (its program is one file). */
async function readableNode(parent: string): Promise<string> {
  if (await canRun(process.execPath, ['--version'])) return process.execPath
  const copy = join(parent, `node-${process.version}`)
  if (!existsSync(copy)) {
    const beside = `${copy}.${process.pid}.tmp`
    await copyFile(process.execPath, beside)
    await rename(beside, copy)
  }
  return copy
}

async function removeOlder(parent: string): Promise<void> {
  const names = (await readdir(parent)).filter((name) => /^[0-9a-f]{16}/.test(name))
  const byAge = names.map((name) => ({ name, time: statTime(join(parent, name)) }))
  byAge.sort((a, b) => b.time - a.time)
  for (const { name } of byAge.slice(COPIES_KEPT - 1)) {
    await rm(join(parent, name), { recursive: true, force: true })
  }
}

function statTime(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0
}

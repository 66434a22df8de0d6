import { existsSync, readFileSync } from 'node:fs'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { inputHash } from '../setup/input-hash.mjs'
import { DIST_DIR, ROOT } from '../setup/paths.mjs'
import { step } from '../setup/step.mjs'
import { buildClient } from './client.mjs'
import { buildProcesses } from './processes.mjs'

const SHARED_INPUTS = [
  'package-lock.json',
  'tools/build',
  'src/util',
  'src/messages',
  'src/sync',
  'src/documents',
]

/**
 * The two halves of the build, each with the inputs that its stamp covers.
 * @type {Record<string, { title: string, inputs: string[], build: (notice: (text: string) => void) => Promise<void> }>}
 */
const PARTS = {
  processes: {
    title: 'Server programs',
    inputs: [
      ...SHARED_INPUTS,
      'src/database',
      'src/daemon',
      'src/hub',
      'src/local-hub',
      'src/project-server',
      'src/programs',
      'src/admin',
      'src/sage-server',
    ],
    build: buildProcesses,
  },
  client: {
    title: 'Pages for the browser',
    inputs: [...SHARED_INPUTS, 'src/client', 'src/hub/relay/primus-options.ts'],
    build: buildClient,
  },
}

/**
 * Builds the parts whose inputs changed. A part's stamp is taken away first and written last: a
 * build that was interrupted has none, and is made again.
 *
 * @param {{ only?: string | undefined, force?: boolean }} [options]
 */
export async function ensureBuild(options = {}) {
  for (const [name, part] of Object.entries(PARTS)) {
    if (options.only !== undefined && options.only !== name) continue
    const stampFile = join(DIST_DIR, `.stamp-${name}`)
    const hash = inputHash(ROOT, part.inputs)
    if (options.force !== true && readStamp(stampFile) === hash) continue
    const notices = /** @type {string[]} */ ([])
    await step(part.title, async () => {
      await rm(stampFile, { force: true })
      await part.build((text) => notices.push(text))
      await mkdir(DIST_DIR, { recursive: true })
      await writeFile(stampFile, hash)
    })
    for (const text of notices) process.stderr.write(`    note: ${text}\n`)
  }
}

/** @param {string} file */
function readStamp(file) {
  return existsSync(file) ? readFileSync(file, 'utf8') : undefined
}

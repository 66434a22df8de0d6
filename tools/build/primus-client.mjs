import { createServer } from 'node:http'
import { join } from 'node:path'
import { transform } from 'esbuild'
import { readFile } from 'node:fs/promises'
import Primus from 'primus'
import { ROOT } from '../setup/paths.mjs'

const MODULE = 'virtual:primus-client'
const RESOLVED = '\0primus-client'

/**
 * What the library of Primus does otherwise than we need: it sends bytes as base64 text, and opens every
 * connection by long polling, which costs two round trips where websockets work.
 */
const REPLACEMENTS = /** @type {const} */ ([
  ['forceBase64: true', 'forceBase64: false, tryAllTransports: true'],
  ["['polling', 'websocket']", "['websocket', 'polling']"],
])

/**
 * The client of Primus as a module, `virtual:primus-client`: generated from the options of the hub, on
 * engine.io-client as it is installed instead of the older copy that Primus brings along.
 *
 * @returns {import('vite').Plugin}
 */
export function primusClient() {
  return {
    name: 'salvus-primus-client',
    resolveId: (id) => (id === MODULE ? RESOLVED : undefined),
    load: async (id) => (id === RESOLVED ? makeModule() : undefined),
  }
}

async function makeModule() {
  const library = await makeLibrary()
  return [
    `import { Socket } from 'engine.io-client'`,
    `const eio = (options) => new Socket(options)`,
    `const holder = {};`,
    `(function (module, define, require) {`,
    library,
    `}).call(holder)`,
    `export const Primus = holder.Primus`,
  ].join('\n')
}

/**
 * What only the build uses of Primus, and its types for the hub leave out.
 * @typedef {{ transformer: { library: string }, library(): string, destroy(options: { close: boolean }): void }} PrimusOfTheBuild
 */

async function makeLibrary() {
  const primus = /** @type {PrimusOfTheBuild} */ (
    /** @type {unknown} */ (new Primus(createServer(), await readOptions()))
  )
  primus.transformer.library = ''
  let library = primus.library()
  primus.destroy({ close: false })
  for (const [from, to] of REPLACEMENTS) {
    if (!library.includes(from)) throw new Error(`the library of Primus has no "${from}"`)
    library = library.replace(from, to)
  }
  return library
}

async function readOptions() {
  const file = join(ROOT, 'src/hub/relay/primus-options.ts')
  const { code } = await transform(await readFile(file, 'utf8'), { loader: 'ts' })
  const module = await import(`data:text/javascript,${encodeURIComponent(code)}`)
  return module.PRIMUS_OPTIONS
}

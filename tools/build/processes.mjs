import { existsSync } from 'node:fs'
import { copyFile, cp, mkdir, readdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { DIST_DIR, ROOT } from '../setup/paths.mjs'
import { makeBeside, publish } from '../setup/beside.mjs'

/** One bundle for each Node process: `dist/<name>.js`, with its source map. */
export const PROCESS_ENTRIES = {
  salvus: 'src/admin/main.ts',
  hub: 'src/hub/main.ts',
  'project-server': 'src/project-server/main.ts',
  launcher: 'src/project-server/launcher/main.ts',
  'database-worker': 'src/database/sqlite/worker.ts',
  'local-hub': 'src/local-hub/main.ts',
  'sync-worker': 'src/local-hub/documents/worker.ts',
  'console-server': 'src/local-hub/console/main.ts',
  'project-command': 'src/programs/command/main.ts',
  'salvus-client': 'src/programs/salvus-client.ts',
}

/** Of `salvus-client`, for programs of projects that are written in TypeScript. */
const CLIENT_TYPES = 'src/programs/salvus-client-types.d.ts'

/**
 * Packages that a bundle can't hold: those with machine code find it beside their own files, and
 * Primus reads its client's source from its folder and loads its transformer by name.
 */
export const EXTERNAL_PACKAGES = [
  'libsql',
  'cassandra-driver',
  'node-pty',
  '@node-rs/argon2',
  'zeromq',
  'primus',
  'engine.io',
  'vite',
  'esbuild',
]

/**
 * Lines of bundles are about so long, in characters: of an error nobody reads Node prints the whole line. Short lines
 * take memory in each process that can print where an error was.
 */
const LINE_LIMIT = 200

/**
 * Packages written as CommonJS ask for node's own modules by `require`, which an ES module lacks.
 */
const REQUIRE_BANNER =
  "import { createRequire as createRequire_ } from 'node:module'; const require = createRequire_(import.meta.url);"

/**
 * zod carries its messages in 50 languages, which no bundler can tell to be unused: half a megabyte
 * that each process would read at its start.
 *
 * @type {import('esbuild').Plugin}
 */
const withoutLocales = {
  name: 'without-locales',
  setup(build) {
    build.onLoad({ filter: /\/zod\/v4\/locales\/index\.js$/ }, () => ({ contents: 'export {}' }))
  },
}

/**
 * @param {(notice: string) => void} notice
 */
export async function buildProcesses(notice) {
  const { build } = await import('esbuild')
  const entryPoints = Object.entries(PROCESS_ENTRIES).flatMap(([name, source]) => {
    if (existsSync(join(ROOT, source))) return [{ in: join(ROOT, source), out: name }]
    notice(`${source} is not there: dist/${name}.js is left out`)
    return []
  })
  const beside = await makeBeside()
  try {
    await build({
      entryPoints,
      outdir: beside,
      bundle: true,
      format: 'esm',
      platform: 'node',
      target: 'node20',
      external: EXTERNAL_PACKAGES,
      plugins: [withoutLocales],
      banner: { js: REQUIRE_BANNER },
      sourcemap: true,
      sourcesContent: false,
      legalComments: 'none',
      // Node holds the text of a program as long as it runs: without comments and indentation it is a third shorter,
      // and half as large once more, because one letter beyond ASCII in a comment doubles all others. Names stay:
      // they stand in stack traces.
      minifyWhitespace: true,
      lineLimit: LINE_LIMIT,
      logLevel: 'silent',
    })
    await mkdir(DIST_DIR, { recursive: true })
    for (const name of await readdir(beside)) await rename(join(beside, name), join(DIST_DIR, name))
    await copyFile(join(ROOT, CLIENT_TYPES), join(DIST_DIR, 'salvus-client.d.ts'))
    await copySageServer(beside)
  } finally {
    await rm(beside, { recursive: true, force: true })
  }
}

/**
 * The Sage server's Python goes along, so that `dist` (with the external packages) is all that a
 * project's user must be able to read.
 *
 * @param {string} beside
 */
async function copySageServer(beside) {
  const source = join(ROOT, 'src/sage-server')
  if (!existsSync(source)) return
  const copy = join(beside, 'sage-server')
  await cp(source, copy, {
    recursive: true,
    filter: (path) => !/(__pycache__|_cache|\.egg-info)$/.test(path),
  })
  await publish(copy, join(DIST_DIR, 'sage-server'))
}

import { existsSync } from 'node:fs'
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { extname, join } from 'node:path'
import { promisify } from 'node:util'
import { brotliCompress, constants, gzip } from 'node:zlib'
import { makeBeside, publish } from '../setup/beside.mjs'
import { DIST_DIR, ROOT } from '../setup/paths.mjs'
import { primusClient } from './primus-client.mjs'

const CLIENT_ROOT = join(ROOT, 'src/client')

/**
 * What gets smaller by compression. Fonts and images are compressed already, and source maps are
 * read by a developer now and then: not worth seconds of every build.
 */
const COMPRESSIBLE = new Set(['.js', '.mjs', '.css', '.svg', '.json', '.wasm', '.txt'])

/** Below one network packet compression saves nothing. */
const COMPRESS_FROM_BYTES = 1024

/**
 * Builds the pages into `dist/client`. URLs are relative, so that one build serves every base
 * path: the hub writes `<base href>` into index.html when it serves it, and that is why index.html
 * is the one file without a compressed copy.
 *
 * @param {(notice: string) => void} notice
 */
export async function buildClient(notice) {
  if (!existsSync(join(CLIENT_ROOT, 'index.html'))) {
    notice('src/client/index.html is not there: dist/client is left out')
    return
  }
  // A test that builds has `test` there, and would get the slow half of React that is for development.
  process.env['NODE_ENV'] = 'production'
  const { build } = await import('vite')
  const { default: react } = await import('@vitejs/plugin-react')
  const beside = await makeBeside()
  const output = join(beside, 'client')
  try {
    await build({
      root: CLIENT_ROOT,
      base: './',
      configFile: false,
      logLevel: 'warn',
      plugins: [react(), primusClient()],
      build: {
        outDir: output,
        emptyOutDir: true,
        target: 'es2022',
        assetsDir: 'assets',
        assetsInlineLimit: 2048,
        sourcemap: true,
        reportCompressedSize: false,
        chunkSizeWarningLimit: 1000,
      },
    })
    await compressBelow(output)
    await mkdir(DIST_DIR, { recursive: true })
    await publish(output, join(DIST_DIR, 'client'))
  } finally {
    await rm(beside, { recursive: true, force: true })
  }
}

/** @param {string} folder */
async function compressBelow(folder) {
  const names = await readdir(folder, { recursive: true, withFileTypes: true })
  const files = names
    .filter((entry) => entry.isFile() && COMPRESSIBLE.has(extname(entry.name)))
    .map((entry) => join(entry.parentPath, entry.name))
  await Promise.all(files.map(compressFile))
}

/** @param {string} file */
async function compressFile(file) {
  const bytes = await readFile(file)
  if (bytes.length < COMPRESS_FROM_BYTES) return
  const params = {
    [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY,
    [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length,
  }
  await writeFile(`${file}.br`, await promisify(brotliCompress)(bytes, { params }))
  await writeFile(`${file}.gz`, await promisify(gzip)(bytes, { level: 9 }))
}

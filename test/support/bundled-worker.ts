import { mkdir } from 'node:fs/promises'
import { basename, join, resolve } from 'node:path'

import { build } from 'esbuild'

/**
 * A thread's program can't be TypeScript under Node 20: bundles it, and answers the file. Inside node_modules,
 * so that its external packages are found.
 */
export async function bundledWorker(source: string): Promise<string> {
  const folder = resolve('node_modules/.cache/salvus-workers')
  await mkdir(folder, { recursive: true })
  const outfile = join(folder, `${basename(source, '.ts')}-${process.pid}.mjs`)
  await build({
    entryPoints: [resolve(source)],
    outfile,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    packages: 'external',
    logLevel: 'silent',
  })
  return outfile
}

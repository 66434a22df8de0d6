import { resolve } from 'node:path'

import { build } from 'esbuild'
import { expect, test } from 'vitest'

/** A project has up to a dozen of these threads, and each has the program and all that it makes for itself. */
const PACKAGES = ['@codemirror/state', '@marijn/find-cluster-break', 'diff-match-patch']

test('a thread of documents loads what compares and merges texts, and no schemas of messages', async () => {
  const { metafile } = await build({
    entryPoints: [resolve('src/local-hub/documents/worker.ts')],
    bundle: true,
    format: 'esm',
    platform: 'node',
    write: false,
    metafile: true,
    logLevel: 'silent',
  })
  const [output] = Object.values(metafile.outputs)
  const packages = new Set<string>()
  for (const [file, { bytesInOutput }] of Object.entries(output?.inputs ?? {})) {
    const name = /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(file)?.[1]
    if (name !== undefined && bytesInOutput > 0) packages.add(name)
  }
  expect([...packages].toSorted()).toEqual(PACKAGES)
})

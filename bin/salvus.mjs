#!/usr/bin/env node
// The one command. It sees to it that packages and build are there and current, with nothing but
// Node itself, and then hands over to dist/salvus.js, which is src/admin/main.ts.
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { checkNode } from '../tools/setup/prerequisites.mjs'
import { DIST_DIR } from '../tools/setup/paths.mjs'
import { runSetup } from '../tools/setup/run-setup.mjs'

await runSetup('Set-up', async () => {
  checkNode()
  const { ensurePackages } = await import('../tools/setup/packages.mjs')
  await ensurePackages()
  const { ensureBuild } = await import('../tools/build/parts.mjs')
  await ensureBuild()
})
await import(pathToFileURL(join(DIST_DIR, 'salvus.js')).href)

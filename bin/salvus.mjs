#!/usr/bin/env node
// The one command. It sees to it that packages and build are there and current, with nothing but
// Node itself, and then hands over to dist/salvus.js, which is src/admin/main.ts.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { checkNode } from '../tools/setup/prerequisites.mjs'
import { DIST_DIR } from '../tools/setup/paths.mjs'
import { runSetup } from '../tools/setup/run-setup.mjs'

const program = join(DIST_DIR, 'salvus.js')

await runSetup('Set-up', async () => {
  checkNode()
  // What asks or tells a Salvus that runs takes it as it was built.
  if (process.argv[2] !== 'start' && existsSync(program)) return
  const { ensurePackages } = await import('../tools/setup/packages.mjs')
  await ensurePackages()
  const { ensureBuild } = await import('../tools/build/parts.mjs')
  await ensureBuild()
})
await import(pathToFileURL(program).href)

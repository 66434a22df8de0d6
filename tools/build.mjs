// `npm run build [-- --force] [-- --only client|processes]`: dist/ from src/, where it changed.
import { ensurePackages } from './setup/packages.mjs'
import { runSetup } from './setup/run-setup.mjs'

await runSetup('The build', async () => {
  const args = process.argv.slice(2)
  const at = args.indexOf('--only')
  await ensurePackages()
  const { ensureBuild } = await import('./build/parts.mjs')
  await ensureBuild({
    force: args.includes('--force'),
    only: at === -1 ? undefined : args[at + 1],
  })
})

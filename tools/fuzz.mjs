// `npm run fuzz -- --minutes N [--seed S] [--count N] [--without KIND]`: fresh schedules of the synchronization's
// simulation, until the time is over. Prints each seed that fails with the command that runs it again.
import { spawn } from 'node:child_process'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { makeBeside } from './setup/beside.mjs'
import { ensurePackages } from './setup/packages.mjs'
import { ROOT } from './setup/paths.mjs'

await ensurePackages()
const { build } = await import('esbuild')
const folder = await makeBeside()
const bundle = join(folder, 'fuzz.mjs')
await build({
  entryPoints: [join(ROOT, 'test/simulation/sync/fuzz-main.ts')],
  outfile: bundle,
  bundle: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  packages: 'external',
  sourcemap: 'inline',
})
const args = ['--enable-source-maps', bundle, ...process.argv.slice(2)]
const child = spawn(process.execPath, args, { cwd: ROOT, stdio: 'inherit' })
// Ctrl-C reaches it as well; its end is ours.
process.on('SIGINT', () => undefined)
child.on('exit', (code) => {
  void rm(folder, { recursive: true, force: true }).then(() => process.exit(code ?? 1))
})

// `npm run bench -- NAME`: runs bench/NAME.ts on a fresh build; standard output is JSON lines only.
import { existsSync, readdirSync } from 'node:fs'
import { spawn } from 'node:child_process'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { makeBeside } from './setup/beside.mjs'
import { ensurePackages } from './setup/packages.mjs'
import { ROOT } from './setup/paths.mjs'
import { runSetup } from './setup/run-setup.mjs'
import { SetupFailure } from './setup/setup-failure.mjs'
import { ensureProgram } from './setup/system-programs.mjs'

const [name = '', ...args] = process.argv.slice(2)

const { bundle, env, folder } = await runSetup('The set-up of the benchmark', async () => {
  const source = join(ROOT, 'bench', `${name}.ts`)
  if (name === '' || !existsSync(source)) {
    const names = readdirSync(join(ROOT, 'bench'))
      .filter((file) => file.endsWith('.ts'))
      .map((file) => file.slice(0, -3))
    throw new SetupFailure(
      `There is no benchmark "${name}".`,
      `npm run bench -- NAME, where NAME is one of: ${names.join(', ')}`,
    )
  }
  await ensurePackages()
  const { ensureBuild } = await import('./build/parts.mjs')
  await ensureBuild()
  const chromium = await ensureProgram({
    names: ['chromium', 'chromium-browser', 'google-chrome', 'chrome'],
    aptPackage: 'chromium',
    title: 'Chromium',
  })
  const folder = await makeBeside()
  const bundle = join(folder, 'bench.mjs')
  const { build } = await import('esbuild')
  await build({
    entryPoints: [source],
    outfile: bundle,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    packages: 'external',
    sourcemap: 'inline',
  })
  const browser = chromium.kind === 'ready' ? { SALVUS_TEST_CHROMIUM: chromium.path } : {}
  return { bundle, folder, env: { ...process.env, ...browser, SALVUS_ROOT: ROOT } }
})

const flags = ['--enable-source-maps', '--expose-gc', pathToFileURL(bundle).pathname]
const child = spawn(process.execPath, [...flags, ...args], { cwd: ROOT, env, stdio: 'inherit' })
// Ctrl-C reaches the benchmark as well, which cleans up; its end is ours.
process.on('SIGINT', () => undefined)
child.on('exit', (code) => {
  void rm(folder, { recursive: true, force: true }).then(() => process.exit(code ?? 1))
})

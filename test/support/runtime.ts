import { existsSync } from 'node:fs'
import { chmod, cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'

import { build } from 'esbuild'

const PROGRAMS: Readonly<Record<string, string>> = {
  'project-server': 'src/project-server/main.ts',
  launcher: 'src/project-server/launcher/main.ts',
  'local-hub': 'src/local-hub/main.ts',
  'console-server': 'src/local-hub/console/main.ts',
  'sync-worker': 'src/local-hub/documents/worker.ts',
  'project-command': 'src/programs/command/main.ts',
  'salvus-client': 'src/programs/salvus-client.ts',
}

/** What runs in projects, built from the sources as they are, in a folder that every user may read. */
export interface TestRuntime extends AsyncDisposable {
  readonly dir: string
}

export async function buildRuntime(): Promise<TestRuntime> {
  const dir = await mkdtemp(join(tmpdir(), 'salvus-runtime-'))
  await chmod(dir, 0o755)
  const present = Object.entries(PROGRAMS).filter(([, source]) => existsSync(source))
  await build({
    entryPoints: Object.fromEntries(present),
    outdir: dir,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    external: ['node-pty'],
    banner: {
      js: "import { createRequire as createRequire_ } from 'node:module'; const require = createRequire_(import.meta.url);",
    },
    logLevel: 'error',
  })
  await cp(resolve('src/sage-server'), join(dir, 'sage-server'), { recursive: true })
  await writeFile(join(dir, 'package.json'), '{ "type": "module" }')
  await mkdir(join(dir, 'node_modules/@lydell'), { recursive: true })
  for (const name of ['node-pty', `@lydell/node-pty-${process.platform}-${process.arch}`]) {
    const from = resolve('node_modules', name)
    if (existsSync(from)) await cp(from, join(dir, 'node_modules', name), { recursive: true })
  }
  return { dir, [Symbol.asyncDispose]: () => rm(dir, { recursive: true, force: true }) }
}

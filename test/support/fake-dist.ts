import { mkdirSync, mkdtempSync, symlinkSync, writeFileSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { build } from 'esbuild'

/** A hub that serves at once, says so, and stops when it is told; or crashes, as its site's name says. */
const FAKE_HUB = `
import { createServer } from 'node:http'
import { readFileSync } from 'node:fs'
const c = JSON.parse(readFileSync(process.argv[3], 'utf8'))
process.on('SIGTERM', () => { console.error(JSON.stringify({ level: 30, msg: 'stopped' })); process.exit(0) })
process.on('disconnect', () => process.exit(0))
if (c.siteName === 'refuses') process.exit(78)
createServer((request, response) => {
  if (request.url === '/crash') process.exit(9)
  response.end(String(process.pid))
}).listen(c.port, c.host, () => {
  const url = 'http://localhost:' + c.port + c.basePath
  process.send({ event: 'ready', url, setUpUrl: url + 'sign-up#set-up=TOKEN' })
})
`

const FAKE_PROJECT_SERVER = `
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
const c = JSON.parse((await import('node:fs')).readFileSync(process.argv[3], 'utf8'))
process.on('SIGTERM', () => { writeFileSync(join(c.dataDir, 'run', 'project-server-stopped'), ''); process.exit(0) })
process.on('disconnect', () => process.exit(0))
setInterval(() => {}, 60_000)
`

/** A clone as `salvus` sees it, in a folder of its own: the real command, with servers that only pretend. */
export interface FakeClone extends AsyncDisposable {
  readonly dir: string
  /** The built command. */
  readonly salvus: string
}

/** Builds the real src/admin beside pretended servers. */
export async function makeFakeClone(): Promise<FakeClone> {
  const dir = mkdtempSync(join(tmpdir(), 'salvus-clone-'))
  const dist = join(dir, 'dist')
  mkdirSync(join(dist, 'sage-server'), { recursive: true })
  const salvus = join(dist, 'salvus.js')
  await build({
    entryPoints: [
      { in: 'src/admin/main.ts', out: 'salvus' },
      { in: 'src/database/sqlite/worker.ts', out: 'database-worker' },
    ],
    outdir: dist,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    external: ['libsql', 'cassandra-driver', '@node-rs/argon2'],
    banner: {
      js: "import { createRequire as createRequire_ } from 'node:module'; const require = createRequire_(import.meta.url);",
    },
    logLevel: 'silent',
  })
  symlinkSync(join(process.cwd(), 'node_modules'), join(dir, 'node_modules'))
  writeFileSync(join(dist, 'hub.js'), FAKE_HUB)
  writeFileSync(join(dist, 'project-server.js'), FAKE_PROJECT_SERVER)
  writeFileSync(join(dist, 'sage-server', 'requirements.txt'), '# nothing\n')
  writeFileSync(join(dir, 'package.json'), '{ "type": "module" }')
  writeFileSync(join(dir, 'package-lock.json'), '{}')
  return {
    dir,
    salvus,
    [Symbol.asyncDispose]: () => rm(dir, { recursive: true, force: true }),
  }
}

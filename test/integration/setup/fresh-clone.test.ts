import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterAll, beforeAll, expect } from 'vitest'

import { longTest } from '../../support/long.ts'

/** Packages over the network, on a busy machine. */
const FRESH_MS = 5 * 60_000

const folder = mkdtempSync(join(tmpdir(), 'salvus-fresh-'))
const clone = join(folder, 'salvus')

beforeAll(() => {
  expect(spawnSync('git', ['clone', '--quiet', '.', clone]).status).toBe(0)
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** Runs the build of the clone; `onLine` may interrupt it. */
async function build(signalAt?: { text: string; signal: NodeJS.Signals }) {
  const start = performance.now()
  const child = spawn(process.execPath, ['tools/build.mjs'], { cwd: clone })
  const closed = once(child, 'close')
  let output = ''
  child.stderr.on('data', (bytes: Buffer) => {
    output += bytes.toString()
    if (signalAt !== undefined && output.includes(signalAt.text)) child.kill(signalAt.signal)
  })
  await closed
  return { code: child.exitCode, output, ms: performance.now() - start }
}

function leftovers(): string[] {
  const setup = join(clone, '.setup')
  return existsSync(setup) ? readdirSync(setup).filter((name) => name.startsWith('tmp-')) : []
}

longTest(
  'an interrupted set-up leaves nothing half-made, and the next one finishes',
  FRESH_MS,
  async () => {
    const stopped = await build({ text: 'Packages', signal: 'SIGINT' })
    expect(stopped.code).toBe(130)
    expect(stopped.output).toContain('nothing half-made is left')
    expect(existsSync(join(clone, 'node_modules'))).toBe(false)
    await build({ text: 'Packages', signal: 'SIGKILL' })
    expect(existsSync(join(clone, 'node_modules'))).toBe(false)

    const finished = await build()
    expect(finished.code).toBe(0)
    expect(leftovers()).toEqual([])
    expect(existsSync(join(clone, 'dist', 'salvus.js'))).toBe(true)

    const again = await build()
    expect(again).toMatchObject({ code: 0, output: '' })
    expect(again.ms).toBeLessThan(3000)

    rmSync(join(clone, 'dist', 'client'), { recursive: true })
    rmSync(join(clone, 'dist', '.stamp-client'))
    await build({ text: 'Pages', signal: 'SIGTERM' })
    expect(existsSync(join(clone, 'dist', '.stamp-client'))).toBe(false)
    expect((await build()).code).toBe(0)
    expect(existsSync(join(clone, 'dist', 'client', 'index.html'))).toBe(true)
  },
)

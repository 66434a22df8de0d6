import { spawnSync } from 'node:child_process'
import { chmodSync, existsSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

import { afterAll, beforeAll, expect, test } from 'vitest'

import { endCommands, startCommand } from '../../support/command.ts'
import type { RunningCommand } from '../../support/command.ts'
import { makeFakeClone } from '../../support/fake-dist.ts'
import type { FakeClone } from '../../support/fake-dist.ts'
import { testSage } from '../../support/programs.ts'

/** One that every Linux of ours has, and that others than root can run. */
const SYSTEM_PYTHON = '/usr/bin/python3'
const hasVenv = spawnSync(SYSTEM_PYTHON, ['-c', 'import venv, ensurepip']).status === 0

let clone: FakeClone
let count = 0

beforeAll(async () => {
  clone = await makeFakeClone()
  chmodSync(clone.dir, 0o755)
  // Small and pure: what is tried is the way of the set-up, not the packages.
  writeFileSync(join(clone.dir, 'dist/sage-server/requirements.txt'), 'six==1.17.0\n')
})

afterAll(async () => {
  endCommands()
  await clone[Symbol.asyncDispose]()
})

interface Start extends RunningCommand {
  readonly dataDir: string
  state(): Record<string, unknown>
}

function start(
  args: readonly string[],
  dataDir = join(clone.dir, `data-${count++}`),
  env: NodeJS.ProcessEnv = process.env,
): Start {
  const all = ['start', '--port', '0', '--data', dataDir, ...args]
  return {
    ...startCommand(clone.salvus, all, env),
    dataDir,
    state: () => JSON.parse(readFileSync(join(dataDir, 'python/state.json'), 'utf8')),
  }
}

async function stop(run: Start): Promise<void> {
  run.child.kill('SIGINT')
  expect(await run.exit()).toBe(0)
}

/** When the environment of a state was made. */
function madeAt(state: Record<string, unknown>): number {
  return statSync(join(dirname(String(state['python'])), '../pyvenv.cfg')).mtimeMs
}

/** A program that acts as Python but lacks some modules. */
function pythonWithout(modules: string): string {
  const path = join(clone.dir, `python-${count++}`)
  const refuse = `case "$*" in *"import ${modules}"*) exit 1;; esac`
  writeFileSync(path, `#!/bin/sh\n${refuse}\nexec ${SYSTEM_PYTHON} "$@"\n`)
  chmodSync(path, 0o755)
  return path
}

test.runIf(hasVenv)('the environment is made behind the printed address, once', async () => {
  const run = start(['--python', SYSTEM_PYTHON])
  await run.says(/Salvus is at/)
  await run.says(/Python for worksheets is ready/)
  const state = run.state()
  expect(state).toMatchObject({ state: 'ready', mode: 'python' })
  expect(spawnSync(String(state['python']), ['-c', 'import six']).status).toBe(0)
  const made = madeAt(state)
  await stop(run)
  const again = start(['--python', SYSTEM_PYTHON], run.dataDir)
  await again.says(/Python for worksheets is ready/)
  // Not made anew.
  expect(madeAt(state)).toBe(made)
  expect(again.state()).toEqual(state)
  await stop(again)
})

test.runIf(hasVenv)('an interrupted environment is made anew, and never called ready', async () => {
  const run = start(['--python', SYSTEM_PYTHON])
  await run.says(/Preparing Python/)
  await stop(run)
  expect(run.state()['state']).toBe('preparing')
  expect(readdirSync(join(run.dataDir, 'python')).filter((name) => name.includes('tmp'))).toEqual(
    [],
  )
  const again = start(['--python', SYSTEM_PYTHON], run.dataDir)
  await again.says(/Python for worksheets is ready/)
  await stop(again)
})

test('without the venv module the rest runs, and the state names the remedy', async () => {
  const python = pythonWithout('venv')
  const run = start(['--python', python])
  await run.says(/Salvus is at/)
  await run.says(/has no venv module/)
  expect(run.state()).toMatchObject({
    state: 'failed',
    python,
    remedy: expect.stringContaining('apt install python3-venv'),
  })
  await stop(run)
})

test('a Python that is not there is named with its remedy', async () => {
  const run = start(['--python', '/nonexistent/python3'])
  await run.says(/Salvus is at/)
  await run.says(/\/nonexistent\/python3 is no Python 3\.10/)
  expect(run.state()).toMatchObject({
    state: 'failed',
    remedy: expect.stringContaining('--python PATH'),
  })
  await stop(run)
})

test.runIf(hasVenv)('packages that cannot be fetched are a state with a remedy', async () => {
  const offline = { ...process.env, PIP_INDEX_URL: 'http://127.0.0.1:9/simple', PIP_RETRIES: '0' }
  const run = start(['--python', SYSTEM_PYTHON], undefined, { ...offline, PIP_NO_CACHE_DIR: '1' })
  await run.says(/packages could not be installed/)
  expect(run.state()).toMatchObject({ state: 'failed', step: 'packages' })
  await stop(run)
})

test.runIf(testSage() !== undefined)('sage of the PATH is what worksheets run on', async () => {
  const run = start([])
  await run.says(/Worksheets run on SageMath/)
  const state = run.state()
  expect(state).toMatchObject({ state: 'ready', mode: 'sage' })
  expect(existsSync(String(state['python']))).toBe(true)
  const version = spawnSync(String(state['python']), ['-c', 'import sage.version'])
  expect(version.status).toBe(0)
  await stop(run)
})

test('a Python that has its packages already is taken as it is', async () => {
  const env = { ...process.env, SALVUS_WORKSHEET_PYTHON: SYSTEM_PYTHON }
  const run = start([], undefined, env)
  await run.says(/Salvus is at/)
  await expect.poll(() => run.state()['python'], { timeout: 60_000 }).toBe(SYSTEM_PYTHON)
  await stop(run)
})

import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterAll, expect, test } from 'vitest'

import { inputHash } from '../../../tools/setup/input-hash.mjs'
import { packagesMatch } from '../../../tools/setup/packages.mjs'
import { checkNode } from '../../../tools/setup/prerequisites.mjs'
import { runCommand } from '../../../tools/setup/run-command.mjs'
import { SetupFailure, explainError } from '../../../tools/setup/setup-failure.mjs'

const folder = mkdtempSync(join(tmpdir(), 'salvus-setup-'))
afterAll(() => rmSync(folder, { recursive: true }))

test('the hash of inputs changes with a content, a name and a new file, and with nothing else', () => {
  const source = join(folder, 'source')
  mkdirSync(join(source, 'deep'), { recursive: true })
  writeFileSync(join(source, 'a'), '1')
  const first = inputHash(folder, ['source', 'absent'])
  expect(inputHash(folder, ['source', 'absent'])).toBe(first)
  writeFileSync(join(source, 'a'), '2')
  const second = inputHash(folder, ['source', 'absent'])
  expect(second).not.toBe(first)
  writeFileSync(join(source, 'deep', 'b'), '')
  expect(inputHash(folder, ['source', 'absent'])).not.toBe(second)
  mkdirSync(join(source, '__pycache__'))
  const third = inputHash(folder, ['source'])
  writeFileSync(join(source, '__pycache__', 'c.pyc'), 'x')
  expect(inputHash(folder, ['source'])).toBe(third)
})

test('packages match when every one is installed in the version of the lock file', () => {
  const modules = join(folder, 'node_modules')
  mkdirSync(modules, { recursive: true })
  const lock = (packages: object): string => JSON.stringify({ packages })
  const wanted = {
    '': {},
    'node_modules/a': { version: '1.0.0' },
    'node_modules/other-platform': { version: '1.0.0', optional: true },
  }
  writeFileSync(join(folder, 'package-lock.json'), lock(wanted))
  expect(packagesMatch(folder, modules)).toBe(false)
  const installed = join(modules, '.package-lock.json')
  writeFileSync(installed, lock({ 'node_modules/a': { version: '1.0.0' } }))
  expect(packagesMatch(folder, modules)).toBe(true)
  writeFileSync(installed, lock({ 'node_modules/a': { version: '1.0.1' } }))
  expect(packagesMatch(folder, modules)).toBe(false)
})

test('a Node that is too old is named with the version that is needed', () => {
  expect(() => checkNode('18.20.1')).toThrow(/Node 18\.20\.1 is too old: Salvus needs 20\.19/)
  expect(() => checkNode('20.18.9')).toThrow(SetupFailure)
  checkNode('20.19.0')
  checkNode('22.1.0')
})

test('a full disk is explained with a remedy, a bug is not', () => {
  const full = Object.assign(new Error('write failed'), { code: 'ENOSPC' })
  expect(explainError(full, 'The build')?.remedy).toContain('Free some space')
  expect(explainError(new Error('undefined is not a function'), 'The build')).toBeUndefined()
})

test('a command beyond its time is ended with all that it started', async () => {
  const mark = join(folder, 'mark')
  const script = `(sleep 5; touch ${mark}) & wait`
  const { code } = await runCommand('sh', ['-c', script], { timeoutMs: 100 })
  expect(code).toBe(124)
  expect(existsSync(mark)).toBe(false)
})

test("this repository's lock file holds every dependency of package.json in its exact version", () => {
  const manifest = JSON.parse(readFileSync('package.json', 'utf8'))
  const { packages } = JSON.parse(readFileSync('package-lock.json', 'utf8'))
  for (const [name, version] of Object.entries({
    ...manifest.dependencies,
    ...manifest.devDependencies,
  })) {
    const exact = String(version).replace(/^npm:.*@/, '')
    expect([name, packages[`node_modules/${name}`]?.version]).toEqual([name, exact])
  }
})

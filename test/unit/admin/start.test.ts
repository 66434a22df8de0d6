import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterAll, expect, test } from 'vitest'

import { closedFolderOnTheWay } from '../../../src/admin/access.ts'
import { readableLine } from '../../../src/admin/start/log-line.ts'
import { LogFile } from '../../../src/admin/start/log-file.ts'
import { ensureSecret } from '../../../src/admin/start/secrets.ts'
import { parseStartOptions } from '../../../src/admin/start/start-options.ts'

const folder = mkdtempSync(join(tmpdir(), 'salvus-admin-'))
chmodSync(folder, 0o755)
afterAll(() => rmSync(folder, { recursive: true }))

test.each([
  ['p', '/p/'],
  ['/p', '/p/'],
  ['//a//b/', '/a/b/'],
  ['/', '/'],
  ['', '/'],
])('base path %j is %j', (given, path) => {
  expect(parseStartOptions(['--base-path', given, '--data', folder])?.basePath).toBe(path)
})

test('listens on loopback unless told otherwise', () => {
  expect(parseStartOptions(['--data', folder])).toMatchObject({ host: '127.0.0.1', port: 4280 })
})

test('finds the folder that others may not pass', () => {
  const closed = join(folder, 'closed')
  mkdirSync(join(closed, 'inner'), { recursive: true })
  expect(closedFolderOnTheWay(join(closed, 'inner', 'absent'))).toBeUndefined()
  chmodSync(closed, 0o700)
  expect(closedFolderOnTheWay(join(closed, 'inner', 'absent'))).toBe(closed)
})

test('a secret is 32 random bytes, for the owner alone, and the same at the next start', () => {
  mkdirSync(join(folder, 'secrets'))
  const file = ensureSecret(folder, 'one')
  const secret = readFileSync(file, 'utf8')
  expect(secret).toMatch(/^[0-9a-f]{64}\n$/)
  expect(statSync(file).mode & 0o777).toBe(0o600)
  expect(readFileSync(ensureSecret(folder, 'one'), 'utf8')).toBe(secret)
  expect(readFileSync(ensureSecret(folder, 'two'), 'utf8')).not.toBe(secret)
})

test('of a log, warnings and what is no JSON are shown to who watches', () => {
  const line = (level: number): string =>
    JSON.stringify({ level, msg: 'mail failed', err: { message: 'ECONNREFUSED' } })
  expect(readableLine('hub', line(30), false)).toBeUndefined()
  expect(readableLine('hub', line(30), true)).toBe('hub: mail failed (ECONNREFUSED)')
  expect(readableLine('hub', line(40), false)).toBe('hub: warning: mail failed (ECONNREFUSED)')
  expect(readableLine('hub', line(50), false)).toBe('hub: error: mail failed (ECONNREFUSED)')
  expect(readableLine('hub', 'Segmentation fault', false)).toBe('hub: Segmentation fault')
  expect(readableLine('hub', '{"level":30,"ms', false)).toBe('hub: {"level":30,"ms')
})

test('a log never grows beyond its limit, and takes no line after it was closed', () => {
  const path = join(folder, 'hub.log')
  {
    using log = new LogFile(path)
    const line = 'x'.repeat(1024 * 1024 - 1)
    for (let n = 0; n < 22; n++) log.append(line)
    expect(statSync(`${path}.1`).size).toBe(21 * 1024 * 1024)
    expect(statSync(path).size).toBe(1024 * 1024)
    log[Symbol.dispose]()
    log.append('late')
    expect(statSync(path).size).toBe(1024 * 1024)
  }
})

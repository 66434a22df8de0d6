import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'

import {
  defineSetting,
  readCommandLine,
  readConfiguration,
} from '../../../src/daemon/configuration.ts'

const TABLE = {
  port: defineSetting(z.int().min(0).max(65535).default(8080), 'Where to listen.'),
  dataDir: defineSetting(z.string().min(1), 'Where everything is kept.'),
  origins: defineSetting(z.array(z.string()).default([]), 'Allowed origins.'),
  stopMs: defineSetting(z.int().default(100), 'How long to wait.', 'ms'),
}

describe('the configuration of a process', () => {
  let dir = ''
  beforeAll(() => {
    dir = mkdtempSync(join(tmpdir(), 'salvus-configuration-'))
  })
  afterAll(() => rmSync(dir, { recursive: true, force: true }))

  function file(value: unknown): string {
    const path = join(dir, 'configuration.json')
    writeFileSync(path, JSON.stringify(value))
    return path
  }

  it('takes the command line before the environment before the file before the default', () => {
    const line = readCommandLine('hub', TABLE, {
      argv: ['--config', file({ dataDir: '/file', port: 1, origins: ['a'] }), '--port', '3'],
      environment: { SALVUS_PORT: '2', SALVUS_DATA_DIR: '/environment' },
    })
    expect(line).toEqual({
      kind: 'configured',
      configuration: { port: 3, dataDir: '/environment', origins: ['a'], stopMs: 100 },
    })
  })

  it('takes a number as text where a text is asked for', () => {
    const { dataDir } = readConfiguration(TABLE, { environment: { SALVUS_DATA_DIR: '12' } })
    expect(dataDir).toBe('12')
  })

  it('reads a list from the environment as JSON', () => {
    const { origins } = readConfiguration(TABLE, {
      environment: { SALVUS_DATA_DIR: '/d', SALVUS_ORIGINS: '["a","b"]' },
    })
    expect(origins).toEqual(['a', 'b'])
  })

  it.each([
    ['an unknown key', { dataDir: '/d', prot: 1 }, /there is no setting "prot"/],
    ['a wrong value', { dataDir: '/d', port: -1 }, /port: /],
    ['a missing one', {}, /dataDir/],
    ['a list', [], /not a JSON object/],
  ])('refuses a file with %s and names it', (_, value, message) => {
    expect(() => readConfiguration(TABLE, { file: file(value) })).toThrow(message)
  })

  it('refuses an unknown option', () => {
    expect(() => readCommandLine('hub', TABLE, { argv: ['--prot', '1'], environment: {} })).toThrow(
      expect.objectContaining({ code: 'bad_configuration' }),
    )
  })

  it('describes each setting with its option, override, default and unit', () => {
    const line = readCommandLine('hub', TABLE, { argv: ['--help'], environment: {} })
    expect(line.kind === 'help' ? line.text : '').toContain(
      '  stopMs  (--stop-ms, SALVUS_STOP_MS; default 100, in ms)\n      How long to wait.\n',
    )
  })
})

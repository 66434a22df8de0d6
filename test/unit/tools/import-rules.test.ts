import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

import { afterAll, expect, test } from 'vitest'

const folder = mkdtempSync(join(tmpdir(), 'salvus-layers-'))
afterAll(() => rmSync(folder, { recursive: true }))

/** Runs the layer check on a repository that holds just these files. */
function check(files: Record<string, string>): string {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true })
    writeFileSync(join(folder, name), text)
  }
  const { stdout } = spawnSync(
    'node_modules/.bin/depcruise',
    ['src', '--config', '.dependency-cruiser.mjs'],
    { cwd: folder, encoding: 'utf8' },
  )
  return stdout
}

test('a wrong arrow, a foreign package, node in the browser and a cycle are found', () => {
  symlinkSync(join(process.cwd(), 'node_modules'), join(folder, 'node_modules'))
  for (const name of ['.dependency-cruiser.mjs', 'tsconfig.json', 'tsconfig.base.json']) {
    cpSync(name, join(folder, name))
  }
  cpSync('tools/import-rules.mjs', join(folder, 'tools/import-rules.mjs'))
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }')
  const report = check({
    'src/util/a.ts': `export const a = 1`,
    'src/messages/b.ts': `import { a } from '../util/a.ts'; export const b = a`,
    'src/sync/c.ts': `import { b } from '../messages/b.ts'; export const c = b`,
    'src/client/d.ts': `import fs from 'node:fs'; export const d = fs`,
    'src/hub/e.ts': `import { f } from './f.ts'; export const e = f`,
    'src/hub/f.ts': `import { e } from './e.ts'; export const f = e`,
    'src/local-hub/g.ts': `import express from 'express'; export const g = express`,
  })
  expect(report).toContain('sync imports only itself, util: src/sync/c.ts')
  expect(report).toContain('nothing of node where a browser runs it: src/client/d.ts')
  expect(report).toContain('no cycles')
  expect(report).toContain('express belongs to hub: src/local-hub/g.ts')
  expect(report).toContain('4 dependency violations')
})

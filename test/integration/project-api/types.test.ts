import { copyFile, readFile, symlink, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'

import { expect, test } from 'vitest'

import type * as Shipped from '../../../src/programs/salvus-client-types.d.ts'
import * as client from '../../../src/programs/salvus-client.ts'
import { run } from '../../support/project-api.ts'
import { temporaryDirectory } from '../../support/temporary-directory.ts'

/** The compiler takes some seconds, on a busy machine many. */
const TIMEOUT_MS = 180_000

/** What `npm run check` compiles: the types that are shipped are those of the module, and no less. */
const shipped: typeof Shipped = client
type Missing = Exclude<keyof client.OpenedDocument, keyof Shipped.OpenedDocument>
const missing: [Missing] extends [never] ? true : Missing = true

const WRONG = `
import type * as Salvus from './salvus-client.d.ts'
const { openDocument }: typeof Salvus = await import(process.env['SALVUS_CLIENT'] ?? '')
await openDocument('list.md').append(1)
for await (const event of openDocument('list.md').watch()) {
  if (event.event === 'changed') console.log(event.by.name, event.surname)
}
`

test(
  'the types for programs know what they may do, and the example of docs/users/programs.md compiles',
  { timeout: TIMEOUT_MS },
  async () => {
    expect([Object.keys(shipped), missing]).toEqual([['openDocument'], true])
    const dir = await temporaryDirectory()
    const page = await readFile('docs/users/programs.md', 'utf8')
    const example = /^```ts\n([^]*?)^```/m.exec(page)?.[1] ?? ''
    expect(example).toContain('openDocument')
    await copyFile('src/programs/salvus-client-types.d.ts', join(dir, 'salvus-client.d.ts'))
    await symlink(resolve('node_modules'), join(dir, 'node_modules'))
    await writeFile(join(dir, 'package.json'), '{ "type": "module" }')
    await writeFile(join(dir, 'example.ts'), example)
    await writeFile(join(dir, 'wrong.ts'), WRONG)
    const options = [
      '--strict',
      '--noEmit',
      '--skipLibCheck',
      '--target',
      'es2022',
      '--module',
      'nodenext',
    ]
    const { out } = await run(
      process.execPath,
      [
        resolve('node_modules/typescript/bin/tsc'),
        ...options,
        '--types',
        'node',
        'example.ts',
        'wrong.ts',
      ],
      { cwd: dir },
    )
    const told = [...out.matchAll(/^(\S+)\((\d+),\d+\): error (TS\d+)/gm)].map((found) =>
      found.slice(1),
    )
    expect(told).toEqual([
      ['wrong.ts', '4', 'TS2345'],
      ['wrong.ts', '6', 'TS2339'],
    ])
  },
)

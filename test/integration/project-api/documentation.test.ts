import { readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'

import { expect, onTestFinished, test } from 'vitest'

import { writeCommand } from '../../../src/local-hub/project-api/command-file.ts'
import {
  clientFile,
  commandFile,
  openTestApi,
  PYTHON_ENVIRONMENT,
  python,
  run,
} from '../../support/project-api.ts'

/** The blocks of code of the page, each with the block of what it puts out. */
async function examples(): Promise<{ language: string; code: string; output: string }[]> {
  const page = await readFile('docs/users/programs.md', 'utf8')
  const found = page.matchAll(/^```(sh|python|js)\n([^]*?)^```\n\n```text\n([^]*?)^```/gm)
  return [...found].map(([, language = '', code = '', output = '']) => ({ language, code, output }))
}

test('the examples of docs/users/programs.md do what is written beside them', async () => {
  const api = await openTestApi()
  onTestFinished(() => api[Symbol.asyncDispose]())
  await writeCommand(api.socketPath, await commandFile())
  const environment = {
    PATH: `${dirname(api.socketPath)}/bin:${process.env['PATH'] ?? ''}`,
    SALVUS_API: api.socketPath,
    SALVUS_CLIENT: await clientFile(),
    ...PYTHON_ENVIRONMENT,
  }
  const at = { cwd: api.dir, environment }
  const all = await examples()
  expect(all.map(({ language }) => language)).toEqual(['sh', 'sh', 'python', 'js'])
  for (const { language, code, output } of all) {
    const ran =
      language === 'python'
        ? await python(code, at)
        : language === 'sh'
          ? await run('sh', ['-e', '-c', code], at)
          : await run(process.execPath, ['--input-type=module', '-e', code], at)
    expect(ran).toEqual({ code: 0, out: output, err: '' })
  }
  expect(await readFile(join(api.dir, 'list.md'), 'utf8')).toMatch(/^4 lines\n[^]*cherries\n$/)
})

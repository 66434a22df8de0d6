import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import { describe, expect, onTestFinished, test } from 'vitest'

import { clientFile, openTestApi, python, run, type Ran } from '../../support/project-api.ts'

const JAVASCRIPT = `
const { openDocument } = await import(process.env.SALVUS_CLIENT)
const tell = (value) => console.log(JSON.stringify(value))
const code = (promise) => promise.then(() => 'done', (error) => error.code)
const a = openDocument('a.txt', { name: 'tester' })
const first = await a.read()
tell(first.text)
const appended = await a.append('drei €\\n')
tell([appended.changed, appended.saved])
const wrote = await a.write(first.text.replace('one', 'ONE'), { revision: first.revision })
tell((await a.read()).text)
tell((await a.read(first.revision)).text)
tell((await a.write((await a.read()).text, { revision: wrote.revision })).changed)
const edited = await a.edit((text) => text + 'end')
tell((await a.history({ limit: 1 })).versions[0].revision === edited.revision)
tell((await a.blame()).lines.map(({ by }) => by))
tell(await code(a.write('x', {})))
tell(await code(a.write('x', { revision: '1.1' })))
tell(await code(openDocument('none.txt').read()))
tell(await code(openDocument('../a.txt').read()))
const events = []
for await (const event of a.watch()) {
  events.push(event)
  if (event.event === 'watching') await a.append('!')
  else break
}
tell(events.map((event) => [event.event, event.by?.kind, event.changes?.[0].inserted]))
await a.restore(first.revision)
tell((await a.read()).text)
`

const PYTHON = `
import json
import salvus_doc
def tell(value): print(json.dumps(value, ensure_ascii=False, separators=(",", ":")))
def code(call):
    try:
        call()
        return "done"
    except salvus_doc.SalvusError as error:
        return error.code
a = salvus_doc.open_document("a.txt", name="tester")
first = a.read()
tell(first.text)
appended = a.append("drei €\\n")
tell([appended["changed"], appended["saved"]])
wrote = a.write(first.text.replace("one", "ONE"), first.revision)
tell(a.read().text)
tell(a.read(first.revision).text)
tell(a.write(a.read().text, wrote["revision"])["changed"])
edited = a.edit(lambda text: text + "end")
tell(a.history(limit=1)["versions"][0]["revision"] == edited["revision"])
tell([line["by"] for line in a.blame()["lines"]])
tell(code(lambda: a.write("x")))
tell(code(lambda: a.write("x", "1.1")))
tell(code(lambda: salvus_doc.open_document("none.txt").read()))
tell(code(lambda: salvus_doc.open_document("../a.txt").read()))
events = []
for event in a.watch():
    events.append(event)
    if event["event"] == "watching":
        a.append("!")
    else:
        break
tell([[e["event"], e.get("by", {}).get("kind"), (e.get("changes") or [{}])[0].get("inserted")] for e in events])
a.restore(first.revision)
tell(a.read().text)
`

const LANGUAGES: readonly [string, (at: { cwd: string }) => Promise<Ran>][] = [
  ['Python', (at) => python(PYTHON, at)],
  [
    'JavaScript',
    async (at) =>
      run(process.execPath, ['--input-type=module', '-e', JAVASCRIPT], {
        ...at,
        environment: { SALVUS_CLIENT: await clientFile() },
      }),
  ],
]

describe.each(LANGUAGES)('the function for %s', (_language, runIn) => {
  test('reads, writes, appends, edits, watches, restores, and says what is refused', async () => {
    const api = await openTestApi()
    onTestFinished(() => api[Symbol.asyncDispose]())
    await writeFile(join(api.dir, 'a.txt'), 'one\ntwö\n')
    const { code, out, err } = await runIn({ cwd: api.dir })
    expect([code, err]).toEqual([0, ''])
    expect(out.trim().split('\n')).toEqual(
      [
        'one\ntwö\n',
        [true, true],
        'ONE\ntwö\ndrei €\n',
        'one\ntwö\n',
        false,
        true,
        ['tester (program)', null, 'tester (program)', 'tester (program)'],
        'exists',
        'conflict',
        'not_found',
        'outside_project',
        [
          ['watching', null, null],
          ['changed', 'program', '!'],
        ],
        'one\ntwö\n',
      ].map((value) => JSON.stringify(value)),
    )
    expect(await readFile(join(api.dir, 'a.txt'), 'utf8')).toBe('one\ntwö\n')
  })
})

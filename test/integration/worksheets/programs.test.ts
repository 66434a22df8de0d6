import { readFile } from 'node:fs/promises'
import { join } from 'node:path'

import { expect, onTestFinished, test } from 'vitest'

import { worksheetCells } from '../../../src/documents/worksheet-codec.ts'
import type { DocumentPage } from '../../support/document-page.ts'
import { startRelayPlace } from '../../support/relay-place.ts'
import { until } from '../../support/until.ts'

/** A local hub and a Sage server are started. */
const TIMEOUT_MS = 180_000
/** The Sage server begins with its imports. */
const RUN_DEADLINE_MS = 120_000
const CELL = '0f0f0f0f-1111-4222-8333-444444444444'
const CODE = `
import salvus_doc
fruit = salvus_doc.open_document("list.md", name="shopper")
print(fruit.read().text, end="")
print(fruit.edit(lambda text: text.replace("pears", "two pears"))["saved"])
print(salvus_doc.open_document("w.sagews").append("# of a program")["changed"])
`

test(
  'a cell of a worksheet reads and writes documents that people have open, its own among them',
  { timeout: TIMEOUT_MS },
  async () => {
    const place = await startRelayPlace()
    onTestFinished(() => place[Symbol.asyncDispose]())
    const project = place.newProject()
    const list = await place.openPage({ project, path: 'list.md' })
    await list.tab.request(list.tab.route, 'create_file', {
      path: 'w.sagews',
      kind: 'file',
      text: `\uFE20${CELL}\uFE20${CODE}`,
    })
    const worksheet = await place.openPage({ project, path: 'w.sagews' })
    const cells = () => worksheetCells(worksheet.client.view)
    expect(cells().map(({ id }) => id)).toEqual([CELL.replaceAll('-', '')])
    list.type('apples\npears\n')
    await list.acknowledged()

    const { tab } = worksheet
    await tab.request(tab.route, 'run_cells', {
      channel: tab.channel,
      cells: cells().map(({ id }) => id),
    })
    await worksheet.until(() => printed(worksheet).split('\n').length > 4, RUN_DEADLINE_MS)
    expect(printed(worksheet)).toBe('apples\npears\nTrue\nTrue\n')
    await list.until(() => list.text === 'apples\ntwo pears\n')
    await worksheet.until(() => cells().some(({ input }) => input === '# of a program'))
    await until(
      'in the file',
      () => readFile(join(place.dirOf(project), 'list.md'), 'utf8'),
      (text) => text === list.text,
    )
  },
)

/** By the first cell. */
function printed({ client }: DocumentPage): string {
  const messages = worksheetCells(client.view)[0]?.output.messages ?? []
  return messages
    .map((message) => String(Object(message)['stdout'] ?? JSON.stringify(message)))
    .join('')
}

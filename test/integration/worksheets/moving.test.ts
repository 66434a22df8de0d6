import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import { expect, onTestFinished, test } from 'vitest'

import { worksheetCells } from '../../../src/documents/worksheet-codec.ts'
import { silentLogger } from '../../../src/daemon/logging.ts'
import { SageServerClient } from '../../../src/local-hub/worksheets/sage-server-client.ts'
import { openWorksheetRunner } from '../../../src/local-hub/worksheets/worksheet-runner.ts'
import { cellsOf } from '../../../src/sync/document-state.ts'
import { DocumentEditor } from '../../support/document-editor.ts'
import { temporaryDirectory } from '../../support/temporary-directory.ts'
import { openTestDocuments } from '../../support/test-documents.ts'
import { TestSageServer, warm } from './sage-server.ts'

const MOVES = 5
/** So much is printed between two moves. */
const LINES_BETWEEN = 20
/** A Sage server is started. */
const TIMEOUT_MS = 180_000
const DEADLINE_MS = 60_000

/** Prints numbers until it is told to stop. */
const CODE = `
import os, time
n = 0
while not os.path.exists("stop"):
    print(n, flush=True)
    n += 1
    time.sleep(0.005)
print("end")
`

test(
  'while a cell prints, its document moves to other threads, and nothing of the output is lost or doubled',
  { timeout: TIMEOUT_MS },
  async () => {
    const dir = await temporaryDirectory()
    const sage = new TestSageServer(dir)
    onTestFinished(() => sage[Symbol.asyncDispose]())
    await warm(await sage.ensure())
    const server = new SageServerClient({ ensureServer: sage.ensure })
    onTestFinished(() => server[Symbol.asyncDispose]())
    await writeFile(join(dir, 'w.sagews'), '')
    const documents = await openTestDocuments(dir, {
      openRunner: (document, onSession) =>
        openWorksheetRunner({
          document,
          server,
          onSession,
          logger: silentLogger(),
          putBlob: () => Promise.reject(new Error('nothing is shown')),
        }),
    })
    onTestFinished(() => documents[Symbol.asyncDispose]())
    const ann = await DocumentEditor.open(documents, 'w.sagews', { id: 1 })
    const [cell = ''] = cellsOf(ann.sync.view, 'cells')
    ann.type(CODE, { part: `${cell}.input` })
    await ann.acknowledged()

    const printed = (): string[] =>
      (worksheetCells(ann.sync.view)[0]?.output.messages ?? [])
        .map((message) => String(Object(message)['stdout'] ?? ''))
        .join('')
        .trim()
        .split('\n')
    if (ann.channel === undefined) throw new Error('not open')
    await documents.area.handlers.run_cells({ channel: ann.channel, cells: [cell] }, ann)
    for (let move = 1; move <= MOVES; move++) {
      await ann.until(() => printed().length >= move * LINES_BETWEEN, DEADLINE_MS)
      expect(await documents.area.pool.moveAll()).toBe(true)
    }
    await writeFile(join(dir, 'stop'), '')
    await ann.until(() => printed().at(-1) === 'end', DEADLINE_MS)
    const numbers = printed().slice(0, -1)
    expect(numbers).toEqual(numbers.map((_number, index) => String(index)))
    expect(documents.area.pool.metrics).toMatchObject({ moves: MOVES, threadsLost: 0 })
  },
)

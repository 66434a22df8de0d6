import { appendFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import { expect, onTestFinished, test } from 'vitest'

import { API_VARIABLE, type DocumentEvent } from '../../../src/messages/project-api.ts'
import { openDocument } from '../../../src/programs/salvus-client.ts'
import { DocumentEditor } from '../../support/document-editor.ts'
import { openTestApi, type TestApi } from '../../support/project-api.ts'
import { until as waitUntil } from '../../support/until.ts'

const until = (condition: () => boolean | Promise<boolean>): Promise<boolean> =>
  waitUntil(String(condition), async () => condition(), Boolean)

async function project(): Promise<TestApi> {
  const api = await openTestApi()
  onTestFinished(() => api[Symbol.asyncDispose]())
  process.env[API_VARIABLE] = api.socketPath
  onTestFinished(() => {
    delete process.env[API_VARIABLE]
  })
  await writeFile(join(api.dir, 'a.txt'), 'one\ntwo\n')
  return api
}

type Changed = Extract<DocumentEvent, { event: 'changed' }>

/** Watches until the test has ended. */
function collect(document: ReturnType<typeof openDocument>): DocumentEvent[] {
  const events: DocumentEvent[] = []
  const stop = new AbortController()
  const watching = (async () => {
    for await (const event of document.watch({ signal: stop.signal })) events.push(event)
  })().catch((error: unknown) => {
    if (!stop.signal.aborted) throw error
  })
  onTestFinished(async () => {
    stop.abort()
    await watching
  })
  return events
}

const changed = (events: readonly DocumentEvent[]): Changed[] =>
  events.filter((event) => event.event === 'changed')

const last = (events: readonly DocumentEvent[]): string | undefined => {
  const event = events.at(-1)
  return event && 'revision' in event ? event.revision : undefined
}

test('each change is told once, in order, with who made it and what it did', async () => {
  const api = await project()
  const path = join(api.dir, 'a.txt')
  const document = openDocument(path, { name: 'agent' })
  const events = collect(document)
  await until(() => events.length === 1)
  expect(events[0]?.event).toBe('watching')

  const ann = await DocumentEditor.open(api.documents, 'a.txt', { id: 1 })
  const typed = 'The quick brown fox jumps over the lazy dog'
  for (const character of typed) ann.type(character, { at: ann.text.indexOf('\ntwo') })
  await ann.acknowledged()
  const told = (): string =>
    changed(events)
      .flatMap(({ changes }) => changes ?? [])
      .map(({ inserted }) => inserted)
      .join('')
  await until(() => told() === typed)
  expect(changed(events)[0]).toMatchObject({ by: { name: 'person 1', kind: 'person' } })

  const before = changed(events).length
  await document.append('three\n')
  await until(() => changed(events).length === before + 1)
  expect(changed(events).at(-1)).toMatchObject({
    by: { name: 'agent (program)', kind: 'program' },
    changes: [{ what: 'text', part: '', line: 3, deleted: '', inserted: 'three\n' }],
  })

  await appendFile(path, 'four\n')
  await until(() => changed(events).length === before + 2)
  expect(changed(events).at(-1)).toMatchObject({ by: { kind: 'disk' } })
  const versions = changed(events).map(({ revision }) => Number(revision.split('.')[1]))
  expect(versions).toEqual(versions.toSorted((a, b) => a - b))
  expect(new Set(versions).size).toBe(versions.length)
  expect(changed(events).at(-1)?.revision).toBe((await document.read()).revision)
})

test('a watch goes on where the document moves to another thread of the local hub', async () => {
  const api = await project()
  const document = openDocument(join(api.dir, 'a.txt'))
  const events = collect(document)
  await until(() => events.length === 1)
  // A paste of a large text: the document leaves its thread.
  const large = 'line of a large text\n'.repeat(40_000)
  const ann = await DocumentEditor.open(api.documents, 'a.txt', { id: 1 })
  await writeFile(join(api.dir, 'b.txt'), 'another document in the same thread\n')
  await DocumentEditor.open(api.documents, 'b.txt', { id: 1 })
  ann.type(large)
  await ann.acknowledged()
  await until(async () => last(events) === (await document.read()).revision)
  ann.type('x')
  await ann.acknowledged()
  await until(() => changed(events).some(({ changes }) => changes?.[0]?.inserted === 'x'))
})

test('a change of very much is told without its text', async () => {
  const api = await project()
  const document = openDocument(join(api.dir, 'a.txt'))
  const events = collect(document)
  await until(() => events.length === 1)
  await document.append('x'.repeat(100_000))
  await until(() => changed(events).length === 1)
  expect(changed(events)[0]?.changes).toBeNull()
})

test('who watches from an older revision is told that it missed something', async () => {
  const api = await project()
  const document = openDocument(join(api.dir, 'a.txt'))
  const { revision: after } = await document.read()
  const { revision } = await document.append('x')
  const events: DocumentEvent[] = []
  for await (const event of document.watch({ after })) {
    events.push(event)
    if (events.length === 2) break
  }
  expect(events).toEqual([
    { event: 'watching', revision },
    { event: 'missed', revision },
  ])
})

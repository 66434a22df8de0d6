import { expect, onTestFinished, test } from 'vitest'

import { projectId } from '../../../src/messages/ids.ts'
import { DocumentPage } from '../../support/document-page.ts'
import { buildRuntime } from '../../support/runtime.ts'
import { TestHub } from '../../support/test-hub.ts'
import { TestProjectServer } from '../../support/test-project-server.ts'
import { until } from '../../support/until.ts'

/** Counts are told every five seconds. */
const TIMEOUT_MS = 120_000

test(
  'a page that had another text than its document is counted by `/metrics` of its hub',
  { timeout: TIMEOUT_MS },
  async () => {
    const runtime = await buildRuntime()
    onTestFinished(() => runtime[Symbol.asyncDispose]())
    const projects = await TestProjectServer.start(runtime.dir, 'none')
    onTestFinished(() => projects[Symbol.asyncDispose]())
    const hub = await TestHub.start({ projects })
    onTestFinished(() => hub[Symbol.asyncDispose]())
    const { cookie } = await hub.admin()
    const browser = await hub.browser({ cookie })
    const created = await browser.request(0, 'create_project', { title: 'Diverging' })
    const { projectId: id } = created['project'] as { projectId: string }
    const way = { port: Number(new URL(hub.origin).port), origin: hub.origin, cookie }
    const open = async (): Promise<DocumentPage> => {
      const page = await DocumentPage.at(way, { project: projectId.parse(id), path: 'a.txt' })
      onTestFinished(() => page.disconnect())
      return page
    }
    const metrics = async (): Promise<Record<string, number>> => {
      const answer = await fetch(`http://127.0.0.1:${hub.hub.metricsPort}/metrics`)
      const lines = (await answer.text()).matchAll(/^(salvus_document\w+) (\d+)$/gm)
      return Object.fromEntries([...lines].map(([, name, value]) => [name, Number(value)]))
    }

    const ann = await open()
    const ben = await open()
    ann.type('typed ')
    await ben.until(() => ben.text === 'typed ')
    await until('it is counted as open', metrics, (now) => now['salvus_documents_open'] === 1)
    expect((await metrics())['salvus_document_divergences_total']).toBe(0)

    // What ann is told has another letter than what ben has typed.
    ann.tamperDown = (payload) => {
      const at = Buffer.from(payload).indexOf('wrong')
      const told = payload.slice()
      if (at !== -1) told[at] = 'W'.charCodeAt(0)
      return [told]
    }
    ben.type('wrong ')
    await ann.until(() => ann.text.toLowerCase().endsWith('wrong '))
    ann.tamperDown = (payload) => [payload]
    ann.type('after ')
    await ann.until(() => ann.problems.length > 0 && ann.pending === 0)
    await until('it is counted', metrics, (now) => now['salvus_document_divergences_total'] === 1)
    expect([ann.text, ann.problems]).toEqual(['typed wrong after ', ['mismatch']])
  },
)

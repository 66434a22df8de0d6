import { readFile } from 'node:fs/promises'
import { join } from 'node:path'

import { afterAll, beforeAll, expect, test } from 'vitest'

import type { ProjectId } from '../../../src/messages/ids.ts'
import {
  changesOf,
  readTrace,
  skippedTrace,
  type Trace,
  TracePlayer,
} from '../../simulation/sync/trace-player.ts'
import type { DocumentPage } from '../../support/document-page.ts'
import { isLongRun } from '../../support/long.ts'
import { type RelayPlace, startRelayPlace } from '../../support/relay-place.ts'
import { until } from '../../support/until.ts'

/** Transactions played, unless SALVUS_LONG plays them all. */
const TRANSACTIONS = isLongRun ? Infinity : 1500
/** Each waits for its way through the hub and the local hub: a millisecond or two on a machine with nothing else to do. */
const TIMEOUT_MS = isLongRun ? 20 * 60_000 : 180_000

/** Real hub, local hub and worker; each author has a connection of their own. */
let place: RelayPlace
let project: ProjectId

beforeAll(async () => {
  place = await startRelayPlace()
  project = place.newProject()
})
afterAll(async () => place?.[Symbol.asyncDispose]())

for (const name of ['friendsforever', 'clownschool']) {
  const trace = readTrace(name)
  const title = `${name}: as recorded, people at one hub end at one text, in their pages, the document and the file`
  test.skipIf(!trace)(
    trace ? title : `${title} ${skippedTrace(name)}`,
    { timeout: TIMEOUT_MS },
    async () => {
      if (!trace) return
      const path = `${name}.txt`
      const pages = await openPages(path, trace.numAgents)
      const { text, versions } = await play(trace, pages)
      if (!Number.isFinite(TRANSACTIONS)) expect(text).toBe(trace.endContent)
      for (const page of pages) {
        page.incoming.release()
        await page.until(() => page.pending === 0 && page.client.m >= versions)
        expect(page.text).toBe(text)
        expect([page.problems, page.rescued, page.diverged]).toEqual([[], [], []])
      }
      const newcomer = await place.openPage({ project, path })
      expect(newcomer.text).toBe(text)
      const file = join(place.dirOf(project), path)
      await until(
        'on the disk',
        () => readFile(file, 'utf8'),
        (found) => found === text,
      )
    },
  )
}

async function openPages(path: string, count: number): Promise<readonly DocumentPage[]> {
  const pages: DocumentPage[] = []
  for (let n = 0; n < count; n++) pages.push(await place.openPage({ project, path }))
  return pages
}

/** Each types what was recorded once the page shows what they had then seen, and nothing newer. */
async function play(
  trace: Trace,
  pages: readonly DocumentPage[],
): Promise<{ text: string; versions: number }> {
  const player = new TracePlayer(trace)
  for (const { incoming } of pages) incoming.hold()
  let versions = 0
  for (const { agent, seen, text, patches, version } of player.steps(TRANSACTIONS)) {
    const page = pages[agent]
    if (!page) throw new Error(`there is no page for agent ${agent}`)
    page.incoming.deliverTo(seen)
    expect(page.client.m).toBe(seen)
    expect(page.text === text.sliceString(0)).toBe(true)
    page.change(changesOf(patches, text.length))
    // A message for itself: what comes next must be able to arrive without it.
    await Promise.all(pages.map((one) => one.until(() => one.incoming.arrived >= version)))
    versions = version
  }
  return { text: player.end(), versions }
}

import { readFile } from 'node:fs/promises'
import { join } from 'node:path'

import { afterAll, beforeAll, describe, test } from 'vitest'

import {
  readTrace,
  skippedTrace,
  type Trace,
  TracePlayer,
} from '../simulation/sync/trace-player.ts'
import { BrowserAuthor } from '../support/browser-author.ts'
import { newPerson, NO_BROWSER } from '../support/browser.ts'
import { isLongRun } from '../support/long.ts'
import { newFile } from '../support/steps.ts'
import { until } from '../support/until.ts'
import { startWorkplace, type Workplace } from '../support/workplace.ts'

/** Three people in one text. */
const NAME = 'clownschool'
/** Transactions played, unless SALVUS_LONG plays more: a page waits up to 50 ms before it sends again. */
const TRANSACTIONS = isLongRun ? 2000 : 250
const STEP_DEADLINE_MS = 30_000

const trace = readTrace(NAME)
const missing = NO_BROWSER ?? (trace ? undefined : skippedTrace(NAME))

describe.skipIf(missing !== undefined)('people who type in CodeMirror, as recorded', () => {
  let place: Workplace

  beforeAll(async () => {
    place = await startWorkplace()
    await newFile(place.ada.page, 'Text', NAME)
    await place.ada.page.locator('.cm-content').waitFor()
  })

  afterAll(async () => place?.[Symbol.asyncDispose]())

  /** A page of the same person in a browser of its own. */
  async function opened(): Promise<BrowserAuthor> {
    const storageState = await place.ada.context.storageState()
    const { page } = await newPerson(place.browser, { storageState })
    const author = await BrowserAuthor.of(page)
    await page.goto(place.ada.page.url())
    await page.locator('.cm-content[contenteditable=true]').waitFor()
    await author.untilShows('', STEP_DEADLINE_MS)
    return author
  }

  test(
    `${NAME}: three pages end at one text, which is in the file`,
    { timeout: 20 * 60_000 },
    async () => {
      const recorded = trace ?? raise('checked above')
      const authors: BrowserAuthor[] = []
      for (let n = 0; n < recorded.numAgents; n++) authors.push(await opened())
      const text = await play(recorded, authors)
      for (const author of authors) {
        author.incoming.release()
        await author.untilShows(text, STEP_DEADLINE_MS)
      }
      const file = join(place.projectDir, `${NAME}.txt`)
      await until(
        'in the file',
        () => readFile(file, 'utf8'),
        (found) => found === text,
      )
    },
  )
})

/** Each types what was recorded once the editor shows what they had then seen, and nothing newer. */
async function play(recorded: Trace, authors: readonly BrowserAuthor[]): Promise<string> {
  const player = new TracePlayer(recorded)
  for (const { incoming } of authors) incoming.hold()
  const agentOf: number[] = []
  for (const { agent, seen, text, patches, version } of player.steps(TRANSACTIONS)) {
    const author = authors[agent] ?? raise(`there is no page for agent ${agent}`)
    author.incoming.deliverTo(seen)
    await author.type(text.sliceString(0), patches, STEP_DEADLINE_MS)
    // A message for itself: what comes next must be able to arrive without it.
    await Promise.all(authors.map((one) => one.arrived(version, STEP_DEADLINE_MS)))
    agentOf[version] = agent
    // Acknowledgements show nothing new, and a page that waits for one sends up to 50 ms later.
    while (agentOf[author.incoming.delivered + 1] === agent)
      author.incoming.deliverTo(author.incoming.delivered + 1)
  }
  return player.end()
}

function raise(reason: string): never {
  throw new Error(reason)
}

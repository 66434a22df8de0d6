import { readdir } from 'node:fs/promises'
import { join } from 'node:path'

import type { BrowserContext } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { newPerson, NO_BROWSER, type PersonAtBrowser, screenshot } from '../support/browser.ts'
import {
  cell,
  connectionState,
  focusCell,
  newFile,
  textOf,
  untilSaved,
  untilText,
} from '../support/steps.ts'
import { lockDatabase } from '../support/locked-database.ts'
import { startWorkplace, typedText, type Workplace } from '../support/workplace.ts'

type Page = PersonAtBrowser['page']

const TEN_MINUTES_MS = 10 * 60_000
const MEGABYTE = 1024 * 1024
/** The Python environment of a fresh installation is made behind the page. */
const PYTHON_DEADLINE_MS = 120_000
const BACK_DEADLINE_MS = 90_000
const NARROW = { width: 360, height: 740 }
const WIDE = { width: 1280, height: 800 }

/** What a real page does in the cases of synchronization that need one. */
describe.skipIf(NO_BROWSER !== undefined)('cases of synchronization in the page', () => {
  let place: Workplace
  /** The same person at another computer. */
  let elsewhere: PersonAtBrowser
  let url = ''

  beforeAll(async () => {
    place = await startWorkplace()
    await newFile(place.ada.page, 'Text', 'notes')
    await textIn(place.ada.page).waitFor()
    url = place.ada.page.url()
    elsewhere = await newPerson(place.browser, { storageState: await signedIn() })
    await elsewhere.page.goto(url)
    await textIn(elsewhere.page).waitFor()
  })

  afterAll(async () => place?.[Symbol.asyncDispose]())

  const textIn = (page: Page) => page.locator('.cm-content:visible').last()
  const signedIn = () => place.ada.context.storageState()

  /** A page of the same person in a browser of its own, with this done to it before it is loaded. */
  async function openedBy(prepare: (context: BrowserContext) => Promise<unknown>, at = url) {
    const person = await newPerson(place.browser, { storageState: await signedIn() })
    await prepare(person.context)
    await person.page.goto(at)
    await textIn(person.page).waitFor()
    return person
  }

  async function typeAtEnd(page: Page, text: string): Promise<void> {
    await page.bringToFront()
    await textIn(page).click()
    await page.keyboard.press('Control+End')
    await page.keyboard.type(text)
  }

  async function pictures(page: Page, name: string): Promise<void> {
    await screenshot(page, `${name}-wide`)
    await page.setViewportSize(NARROW)
    await screenshot(page, `${name}-narrow`)
    await page.setViewportSize(WIDE)
  }

  async function untilSame(pages: readonly Page[], pattern: RegExp): Promise<string> {
    for (const page of pages) {
      await untilText(textIn(page), pattern, BACK_DEADLINE_MS)
      await untilSaved(page)
    }
    const [text, ...others] = await Promise.all(pages.map((page) => typedText(textIn(page))))
    for (const other of others) expect(other).toBe(text)
    return text ?? ''
  }

  test('case 9: a laptop that slept for eight hours, its lid closed over unsent text', async () => {
    const laptop = await openedBy((context) => context.clock.install())
    const { page, context } = laptop
    await typeAtEnd(page, 'before the night\n')
    await untilSaved(page)
    await context.setOffline(true)
    await untilText(connectionState(page), /^Offline/)
    await typeAtEnd(page, 'lid\n')
    const devtools = await context.newCDPSession(page)
    await devtools.send('Page.setWebLifecycleState', { state: 'frozen' })
    await typeAtEnd(elsewhere.page, 'in the night\n')
    await untilSaved(elsewhere.page)
    await devtools.send('Page.setWebLifecycleState', { state: 'active' })
    await page.clock.fastForward('08:00:00')
    await context.setOffline(false)
    const text = await untilSame([page, elsewhere.page], /in the night/)
    expect(text.match(/before the night|lid|in the night/g)?.toSorted()).toEqual([
      'before the night',
      'in the night',
      'lid',
    ])
    const summary = page.getByRole('status').filter({ hasText: 'You were away for' })
    await untilText(summary, /8 hours/)
    await pictures(page, 'sync-01-slept')
    await context.close()
  })

  test('case 10: the clocks of two computers are ten minutes off, each in its direction', async () => {
    const fast = await openedBy((context) =>
      context.clock.install({ time: Date.now() + TEN_MINUTES_MS }),
    )
    const slow = await openedBy((context) =>
      context.clock.install({ time: Date.now() - TEN_MINUTES_MS }),
    )
    const pages = [fast.page, slow.page]
    for (const word of ['one', 'two', 'three'])
      for (const [index, page] of pages.entries()) await typeAtEnd(page, `${word}-${index}\n`)
    await untilSame(pages, /three-0\s[^]*three-1|three-1\s[^]*three-0/)
    await slow.context.setOffline(true)
    await untilText(connectionState(slow.page), /^Offline/)
    await typeAtEnd(slow.page, 'slow and offline\n')
    await typeAtEnd(fast.page, 'fast\n')
    await slow.context.setOffline(false)
    const text = await untilSame(pages, /(fast[^]*slow and offline|slow and offline[^]*fast)/)
    expect(text.match(/(one|two|three)-[01]|slow and offline|^fast$/gm)).toHaveLength(8)
    await fast.context.close()
    await slow.context.close()
  })

  test('case 13: a paste of 50 MB is refused in the page, and the document is as it was', async () => {
    const { page } = place.ada
    const before = await untilSame([page, elsewhere.page], /fast/)
    await textIn(page).click()
    await textIn(page).evaluate((editor, length) => {
      const clipboardData = new DataTransfer()
      clipboardData.setData('text/plain', 'pasted '.repeat(length / 7))
      editor.dispatchEvent(
        new ClipboardEvent('paste', { clipboardData, bubbles: true, cancelable: true }),
      )
    }, 50 * MEGABYTE)
    const told = page.getByRole('alert').filter({ hasText: 'at most 20 million characters' })
    await told.waitFor({ timeout: BACK_DEADLINE_MS })
    await told.getByRole('button', { name: 'Insert here' }).click()
    await told.getByRole('status').filter({ hasText: 'This was not added' }).waitFor()
    await pictures(page, 'sync-02-paste')
    await told.getByRole('button', { name: 'Dismiss' }).click()
    expect(await typedText(textIn(page))).toBe(before)
    await typeAtEnd(page, 'after the paste\n')
    await untilSame([page, elsewhere.page], /after the paste/)
  })

  test('case 16: the database is locked, and typing goes on', async () => {
    const name = (await readdir(place.salvus.dataDir, { recursive: true })).find((one) =>
      /\.(sqlite|sqlite3|db)$/.test(one),
    )
    using _ = lockDatabase(join(place.salvus.dataDir, name ?? 'missing'))
    for (const page of [place.ada.page, elsewhere.page]) await typeAtEnd(page, 'locked\n')
    const text = await untilSame([place.ada.page, elsewhere.page], /locked\s+locked/)
    expect(text.match(/locked/g)).toHaveLength(2)
  })

  test('case 17: a page that is too old says so, and what was not sent is there after reloading', async () => {
    let old = false
    const person = await openedBy((context) =>
      context.routeWebSocket(/\/hub/, (socket) => {
        const server = socket.connectToServer()
        socket.onMessage((message) =>
          server.send(
            old && typeof message === 'string'
              ? message.replace(/"version":\d+/, '"version":0')
              : message,
          ),
        )
        // And what a newer server may say is not understood, and changes nothing.
        socket.send('40:{"event":"unheard_of","of":1}')
      }),
    )
    const { page, context } = person
    await context.setOffline(true)
    await untilText(connectionState(page), /^Offline/)
    await typeAtEnd(page, 'of the old page\n')
    old = true
    await context.setOffline(false)
    const banner = page.getByRole('alert').filter({ hasText: 'The server was updated' })
    await banner.waitFor({ timeout: BACK_DEADLINE_MS })
    await pictures(page, 'sync-03-old')
    old = false
    await banner.getByRole('button', { name: 'Reload to update' }).click()
    const text = await untilSame([page, elsewhere.page], /of the old page/)
    expect(text.match(/of the old page/g)).toHaveLength(1)
    await context.close()
  })

  test('case 20: a page whose text was changed on the way is healed, and its person sees both', async () => {
    let wrong = true
    const person = await openedBy((context) =>
      context.routeWebSocket(/\/hub/, (socket) => {
        const server = socket.connectToServer()
        server.onMessage((message) => {
          if (wrong && typeof message !== 'string') {
            // Three bytes that are nothing but the text: a sum or a number has any single byte some day.
            const at = message.indexOf('→')
            if (at !== -1) {
              Buffer.from('⇒').copy(message, at)
              wrong = false
            }
          }
          socket.send(message)
        })
      }),
    )
    const { page, context } = person
    await typeAtEnd(page, 'mine, ')
    await typeAtEnd(elsewhere.page, 'said → once\n')
    const kept = page.getByRole('alert').filter({ hasText: 'differed from the one on the server' })
    await kept.waitFor({ timeout: BACK_DEADLINE_MS })
    await pictures(page, 'sync-04-diverged')
    await typeAtEnd(page, 'and after\n')
    const text = await untilSame([page, elsewhere.page], /and after/)
    expect(text).toContain('→')
    expect(text).not.toContain('⇒')
    await context.close()
  })

  test('case 19: a cell is edited, and the edits undone, while it runs: its output is whole', async () => {
    const { page } = place.ada
    await page.bringToFront()
    await newFile(page, 'Sage worksheet', 'running')
    const code = 'import time\nfor i in range(15):\n    print(i, flush=True)\n    time.sleep(0.15)'
    await focusCell(page, 1)
    await page.keyboard.insertText(code)
    const typed = await textOf(cell(page, 1).input)
    await page.keyboard.press('Control+Enter')
    await untilText(cell(page, 1).output, /^0\s/, PYTHON_DEADLINE_MS)
    await cell(page, 1).input.click()
    await page.keyboard.press('Control+End')
    await page.keyboard.type('\n# edited')
    await page.keyboard.press('Control+z')
    await page.keyboard.type('\n# twice')
    await untilText(cell(page, 1).output, /\s14$/, BACK_DEADLINE_MS)
    while ((await textOf(cell(page, 1).input)) !== typed) await page.keyboard.press('Control+z')
    await untilSaved(page)
    const printed = (await textOf(cell(page, 1).output)).split(/\s+/)
    expect(printed).toEqual(Array.from({ length: 15 }, (_each, n) => String(n)))
    await pictures(page, 'sync-05-running')
  })

  test('nothing failed but what was made to fail', () => {
    const expected = /ERR_INTERNET_DISCONNECTED|WebSocket/
    const failures = [...place.ada.errors, ...elsewhere.errors]
    expect(failures.filter((error) => !expected.test(error))).toEqual([])
  })
})

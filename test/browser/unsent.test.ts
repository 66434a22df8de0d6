import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { newPerson, NO_BROWSER, screenshot, type PersonAtBrowser } from '../support/browser.ts'
import {
  cell,
  connectionState,
  focusCell,
  newFile,
  untilSaved,
  untilText,
} from '../support/steps.ts'
import { startWorkplace, typedText, type Workplace } from '../support/workplace.ts'

type Page = PersonAtBrowser['page']

const NARROW = { width: 360, height: 740 }
const WIDE = { width: 1280, height: 800 }

/** What becomes of changes that were not sent when something happened to their page. */
describe.skipIf(NO_BROWSER !== undefined)('changes that were not sent', () => {
  let place: Workplace
  /** The same person at another computer. */
  let elsewhere: PersonAtBrowser
  let url = ''

  beforeAll(async () => {
    place = await startWorkplace()
    await newFile(place.ada.page, 'Text', 'notes')
    await textIn(place.ada.page).waitFor()
    url = place.ada.page.url()
    const storageState = await place.ada.context.storageState()
    elsewhere = await newPerson(place.browser, { storageState })
  })

  afterAll(async () => place?.[Symbol.asyncDispose]())

  const textIn = (page: Page) => page.locator('.cm-content:visible').last()

  async function typeAtEnd(page: Page, text: string): Promise<void> {
    await page.bringToFront()
    await textIn(page).click()
    await page.keyboard.press('Control+End')
    await page.keyboard.type(text)
  }

  /** Pictures of a state, to be looked at. */
  async function pictures(page: Page, name: string): Promise<void> {
    await screenshot(page, `${name}-wide`)
    await page.emulateMedia({ colorScheme: 'dark' })
    await page.setViewportSize(NARROW)
    await screenshot(page, `${name}-narrow-dark`)
    await page.emulateMedia({ colorScheme: 'light' })
    await page.setViewportSize(WIDE)
  }

  test('of two tabs, one closed and reopened, both are there once, and it is said', async () => {
    const { page, context } = place.ada
    const other = await context.newPage()
    await other.goto(url)
    await textIn(other).waitFor()
    await context.setOffline(true)
    for (const [tab, text] of [
      [page, 'of the first tab\n'],
      [other, 'of the second tab\n'],
    ] as const) {
      await untilText(connectionState(tab), /^Offline/)
      await typeAtEnd(tab, text)
      await untilText(connectionState(tab), /kept here/)
    }
    await other.close()
    await context.setOffline(false)
    const again = await context.newPage()
    await again.goto(url)
    await untilText(textIn(again), /of the second tab/)
    const summary = again.getByRole('status').filter({ hasText: 'from a tab that was closed' })
    await summary.waitFor()
    await pictures(again, 'unsent-01-merged')
    await summary.getByRole('button', { name: 'Got it' }).click()
    await summary.waitFor({ state: 'detached' })
    for (const tab of [page, again]) {
      await untilText(textIn(tab), /of the first tab/)
      await untilSaved(tab)
    }
    const text = await typedText(textIn(page))
    expect(text).toBe(await typedText(textIn(again)))
    expect(text.match(/of the (first|second) tab/g)).toHaveLength(2)
    await again.close()
  })

  test('where the browser keeps nothing, the page says so and asks before it is closed', async () => {
    const page = await elsewhere.context.newPage()
    await page.addInitScript(() => {
      IDBFactory.prototype.open = () => {
        throw new DOMException('A mutation operation was attempted', 'InvalidStateError')
      }
    })
    await page.goto(url)
    await textIn(page).waitFor()
    await elsewhere.context.setOffline(true)
    await untilText(connectionState(page), /^Offline/)
    await typeAtEnd(page, 'only in this page\n')
    await untilText(connectionState(page), /in this page only/)
    await page.getByRole('alert').filter({ hasText: 'This browser keeps nothing' }).waitFor()
    await pictures(page, 'unsent-02-nothing-kept')
    const asked = page.waitForEvent('dialog')
    await page.close({ runBeforeUnload: true })
    const dialog = await asked
    expect(dialog.type()).toBe('beforeunload')
    await dialog.dismiss()
    await elsewhere.context.setOffline(false)
    await untilSaved(page)
    await untilText(textIn(place.ada.page), /only in this page/)
    await expect.poll(() => page.getByText('This browser keeps nothing').count()).toBe(0)
    await page.close({ runBeforeUnload: true })
  })

  test('text for a cell that somebody deleted is inserted at the cursor, or dismissed and brought back', async () => {
    const { page, context } = place.ada
    await newFile(page, 'Sage worksheet', 'work')
    await focusCell(page, 1)
    await page.keyboard.type('first')
    await page.keyboard.press('Shift+Enter')
    await focusCell(page, 2)
    await page.keyboard.type('second')
    await untilSaved(page)
    await elsewhere.page.goto(page.url())
    await untilText(cell(elsewhere.page, 2).input, /second/)
    await context.setOffline(true)
    await untilText(connectionState(page), /^Offline/)
    await cell(page, 2).input.click()
    await page.keyboard.press('Control+End')
    await page.keyboard.type('\nunsent = 1\nunsent + 1')
    await deleteCell(elsewhere.page, 2)
    await untilSaved(elsewhere.page)
    await focusCell(page, 1)
    await page.keyboard.press('Control+End')
    await context.setOffline(false)
    const kept = page.getByRole('alert').filter({ hasText: 'a cell that somebody else deleted' })
    await kept.waitFor({ timeout: 60_000 })
    await untilText(kept, /unsent = 1/)
    await pictures(page, 'unsent-03-kept')
    await kept.getByRole('button', { name: 'Dismiss' }).click()
    await kept.waitFor({ state: 'detached' })
    await pictures(page, 'unsent-04-dismissed')
    await page.getByRole('button', { name: 'Undo', exact: true }).click()
    await kept.getByRole('button', { name: 'Insert here' }).click()
    await kept.waitFor({ state: 'detached' })
    await untilText(cell(elsewhere.page, 1).input, /unsent \+ 1/)
    await page.reload()
    await untilText(cell(page, 1).input, /unsent \+ 1/)
    expect(await kept.count()).toBe(0)
  })

  async function deleteCell(page: Page, number: number): Promise<void> {
    const { section } = cell(page, number)
    await section.hover()
    await section.getByRole('button', { name: `Actions of cell ${number}` }).click()
    await page.getByRole('menuitem', { name: 'Delete cell' }).click()
  }
})

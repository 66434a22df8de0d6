import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import {
  launchBrowser,
  newPerson,
  NO_BROWSER,
  type PersonAtBrowser,
  screenshot,
} from '../support/browser.ts'
import { type Installation, startInstallation } from '../support/installation.ts'
import { cell, PASSWORD, untilOpen, untilText } from '../support/steps.ts'
import { ADA, typedText } from '../support/workplace.ts'

/** More steps than from one end of a page to its other. */
const TAB_STEPS_MAX = 60

/** The main path of a person without a mouse. */
describe.skipIf(NO_BROWSER !== undefined)('with the keyboard alone', () => {
  let salvus: Installation
  let browser: Awaited<ReturnType<typeof launchBrowser>>
  let ada: PersonAtBrowser

  beforeAll(async () => {
    salvus = await startInstallation()
    browser = await launchBrowser()
    ada = await newPerson(browser)
  })

  afterAll(async () => {
    await browser?.close()
    await salvus?.[Symbol.asyncDispose]()
  })

  test('an account is made', async () => {
    const { page } = ada
    await page.goto(salvus.setUpUrl ?? '')
    await page.getByLabel('Name', { exact: true }).waitFor()
    await tabTo(page, 'Name')
    await page.keyboard.type(ADA.name)
    await tabTo(page, 'E-mail')
    await page.keyboard.type(ADA.email)
    await tabTo(page, 'Password')
    await page.keyboard.type(PASSWORD)
    await expectNames(page)
    await page.keyboard.press('Enter')
    await page.getByRole('button', { name: 'New project' }).first().waitFor()
    await expectNames(page)
  })

  test('a project is made', async () => {
    const { page } = ada
    await tabTo(page, 'New project')
    await page.keyboard.press('Enter')
    await page.getByRole('dialog', { name: 'New project' }).waitFor()
    await tabTo(page, 'Title')
    await page.keyboard.type('Calculus')
    await page.keyboard.press('Enter')
    await untilOpen(page)
    await expectNames(page)
  })

  test('a worksheet is made and computes', async () => {
    const { page } = ada
    await tabTo(page, 'New')
    await page.keyboard.press('Enter')
    await page.getByRole('menuitem', { name: 'Sage worksheet' }).waitFor()
    await arrowTo(page, 'Sage worksheet')
    await page.keyboard.press('Enter')
    await page.getByRole('dialog').waitFor()
    await untilFocus(page, 'Name')
    await page.keyboard.press('Control+a')
    await page.keyboard.type('sums')
    await page.keyboard.press('Enter')
    await untilFocus(page, 'Input of cell 1')
    await page.keyboard.type('2+3')
    await page.keyboard.press('Shift+Enter')
    await untilText(cell(page, 1).output, /^5$/, 60_000)
    await untilFocus(page, 'Input of cell 2')
    await expectNames(page)
    await screenshot(page, 'keyboard-01-worksheet')
  })

  test('arrows go from cell to cell', async () => {
    const { page } = ada
    await page.keyboard.press('ArrowUp')
    await untilFocus(page, 'Input of cell 1')
    await page.keyboard.press('ArrowDown')
    await untilFocus(page, 'Input of cell 2')
  })

  test('Escape and then Tab leave the input of a cell; a menu gives the focus back', async () => {
    const { page } = ada
    await page.keyboard.press('Escape')
    await page.keyboard.press('Shift+Tab')
    expect((await focused(page)).name).not.toBe('Input of cell 2')
    await tabTo(page, 'Actions of cell 2')
    await page.keyboard.press('Enter')
    await page.getByRole('menuitem', { name: 'Delete cell' }).waitFor()
    await page.keyboard.press('Escape')
    await untilFocus(page, 'Actions of cell 2')
  })

  test('help opens, closes, and gives the focus back', async () => {
    const { page } = ada
    await tabTo(page, 'Help')
    await page.keyboard.press('Enter')
    await page.getByRole('dialog', { name: 'Help' }).waitFor()
    await expectNames(page)
    await page.keyboard.press('Escape')
    await page.getByRole('dialog', { name: 'Help' }).waitFor({ state: 'detached' })
    await untilFocus(page, 'Help')
  })

  test('a tab is chosen and closed', async () => {
    const { page } = ada
    await tabTo(page, 'sums.sagews')
    await tabTo(page, 'Close sums.sagews')
    await page.keyboard.press('Enter')
    await page.getByRole('tab', { name: 'sums.sagews' }).waitFor({ state: 'detached' })
  })

  test('a file is opened, and the text of a cell is as it was', async () => {
    const { page } = ada
    await tabTo(page, /^sums\.sagews/)
    await page.keyboard.press('Enter')
    await expect.poll(() => typedText(cell(page, 1).input)).toBe('2+3')
  })

  test('nothing went wrong in the page', () => {
    expect(ada.errors).toEqual([])
  })
})

interface Focused {
  readonly name: string
  /** Whether something shows where the focus is: an outline, a ring, a caret in a field with a frame. */
  readonly visible: boolean
}

/** The accessible name of what has the focus, in the order in which browsers compute it. */
async function focused(page: Page): Promise<Focused> {
  return page.evaluate(() => {
    const element = document.activeElement
    if (!(element instanceof HTMLElement) || element === document.body)
      return { name: '', visible: false }
    const shown = element.cloneNode(true) as HTMLElement
    for (const mark of shown.querySelectorAll('[aria-hidden=true]')) mark.remove()
    const labels = 'labels' in element ? (element.labels as NodeListOf<HTMLElement> | null) : null
    const name =
      element.getAttribute('aria-label') ??
      (labels?.length ? [...labels].map((label) => label.innerText).join(' ') : undefined) ??
      // A panel is scrolled by the keyboard too; it is named by its tab, not by its text.
      (element.getAttribute('role') === 'tabpanel' ? '' : shown.textContent)
    let visible = false
    for (let at: HTMLElement | null = element, up = 0; at && up < 4; at = at.parentElement, up++) {
      const { outlineStyle, outlineWidth, boxShadow } = getComputedStyle(at)
      visible ||= outlineStyle !== 'none' && parseFloat(outlineWidth) >= 1
      visible ||= boxShadow !== 'none'
    }
    return { name: name.trim().split('\n')[0] ?? '', visible }
  })
}

/** Presses Tab until the named control has the focus; on the way the focus is always to be seen. */
async function tabTo(page: Page, name: string | RegExp): Promise<void> {
  const seen: string[] = []
  for (let step = 0; step < TAB_STEPS_MAX; step++) {
    const now = await focused(page)
    if (now.name !== '') expect(now).toMatchObject({ visible: true })
    if (typeof name === 'string' ? now.name === name : name.test(now.name)) return
    seen.push(now.name)
    // Inside an editor Tab is a key of its own, until Escape.
    if (now.name.startsWith('Input of cell')) await page.keyboard.press('Escape')
    await page.keyboard.press('Tab')
  }
  throw new Error(`Tab never came to ${String(name)}; it passed ${seen.join(' | ')}`)
}

async function arrowTo(page: Page, name: string): Promise<void> {
  for (let step = 0; step < TAB_STEPS_MAX; step++) {
    if ((await focused(page)).name === name) return
    await page.keyboard.press('ArrowDown')
  }
  throw new Error(`the arrows never came to ${name}`)
}

async function untilFocus(page: Page, name: string): Promise<void> {
  await expect
    .poll(async () => (await focused(page)).name, { timeout: 60_000, interval: 50 })
    .toBe(name)
}

/** Every control that a screen reader finds on the page says what it is. */
async function expectNames(page: Page): Promise<void> {
  const tree = await page.locator('body').ariaSnapshot()
  const nameless = tree
    .split('\n')
    .filter((line) =>
      /^\s*- (button|textbox|checkbox|combobox|link|tab|menuitem|searchbox|img)(:|\s*$| \[)/.test(
        line,
      ),
    )
  expect(nameless).toEqual([])
}

import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { NO_BROWSER, screenshot } from '../support/browser.ts'
import { cell, newButton, newFile, untilOpen, untilText } from '../support/steps.ts'
import { startWorkplace, type Workplace } from '../support/workplace.ts'

const WIDTH_PX = 320

/** A small phone, held upright, in the dark. */
const PHONE = {
  viewport: { width: WIDTH_PX, height: 640 },
  hasTouch: true,
  isMobile: true,
  colorScheme: 'dark',
} as const

describe.skipIf(NO_BROWSER !== undefined)('on a phone', () => {
  let place: Workplace

  beforeAll(async () => {
    place = await startWorkplace({ context: PHONE })
  })

  afterAll(async () => place?.[Symbol.asyncDispose]())

  test('the list of files fits', async () => {
    const { page } = place.ada
    await expectToFit(page, 'phone-01-files')
    expect(await page.evaluate(() => matchMedia('(prefers-color-scheme: dark)').matches)).toBe(true)
    expect(await brightness(page)).toBeLessThan(0.3)
  })

  test('a worksheet is made and computes', async () => {
    const { page } = place.ada
    await newFile(page, 'Sage worksheet', 'sums')
    await cell(page, 1).input.tap()
    await page.keyboard.insertText('print("a wide line " * 30)\n2+3')
    await page.getByRole('button', { name: 'Run', exact: true }).tap()
    await untilText(cell(page, 1).output, /5$/, 60_000)
    await expectToFit(page, 'phone-02-worksheet')
  })

  test('a terminal takes what is typed', async () => {
    const { page } = place.ada
    await page.getByRole('button', { name: 'Files and people' }).tap()
    await untilOpen(page)
    await newFile(page, 'Terminal', 'shell')
    await page.locator('.xterm-screen:visible').tap()
    await page.keyboard.type('echo $((6*7))')
    await page.keyboard.press('Enter')
    await untilText(page.locator('.xterm-rows:visible'), /^42$/m)
    await expectToFit(page, 'phone-03-terminal')
  })

  test('a text wraps', async () => {
    const { page } = place.ada
    await page.getByRole('button', { name: 'Files and people' }).tap()
    await newButton(page).waitFor()
    await newFile(page, 'Markdown', 'notes')
    await page.locator('.cm-content:visible').last().tap()
    await page.keyboard.insertText('one long line of text '.repeat(20))
    await expectToFit(page, 'phone-04-text')
  })

  test('people, settings and help fit', async () => {
    const { page } = place.ada
    await page.getByRole('button', { name: 'Files and people' }).tap()
    for (const name of ['People', 'Settings']) {
      await page.getByRole('tab', { name, exact: true }).tap()
      await expectToFit(page, `phone-05-${name.toLowerCase()}`)
    }
    await page.getByRole('button', { name: 'Help', exact: true }).tap()
    await page.getByRole('dialog', { name: 'Help' }).waitFor()
    await expectToFit(page, 'phone-06-help')
    await page.keyboard.press('Escape')
  })

  test('the account, the admin page and the projects fit', async () => {
    const { page } = place.ada
    for (const [item, heading] of [
      ['Account', 'Account'],
      ['Admin', 'Admin'],
      ['Projects', 'Projects'],
    ] as const) {
      await page.getByRole('button', { name: /^Account of/ }).tap()
      await page.getByRole('menuitem', { name: item, exact: true }).tap()
      await page.getByRole('heading', { name: heading, exact: true }).waitFor()
      await expectToFit(page, `phone-07-${item.toLowerCase()}`)
    }
  })

  test('the pages of who is signed out fit', async () => {
    const { page } = place.ada
    await page.getByRole('button', { name: /^Account of/ }).tap()
    await page.getByRole('menuitem', { name: 'Sign out' }).tap()
    await page.getByRole('link', { name: 'Sign in' }).first().waitFor()
    await expectToFit(page, 'phone-08-home')
    await page.goto(`${place.salvus.url}/sign-in`)
    await page.getByLabel('E-mail').waitFor()
    await expectToFit(page, 'phone-09-sign-in')
  })

  test('nothing went wrong in the page', () => {
    expect(place.ada.errors).toEqual([])
  })
})

async function expectToFit(page: Page, name: string): Promise<void> {
  await screenshot(page, name)
  const widthPx = await page.evaluate(() =>
    Math.max(document.scrollingElement?.scrollWidth ?? 0, document.body.scrollWidth, innerWidth),
  )
  expect({ name, widthPx }).toEqual({ name, widthPx: WIDTH_PX })
}

/** Of the page's ground, from 0 for black to 1 for white. */
async function brightness(page: Page): Promise<number> {
  return page.evaluate(() => {
    const canvas = document.createElement('canvas').getContext('2d')
    if (!canvas) throw new Error('no canvas')
    canvas.fillStyle = getComputedStyle(document.body).backgroundColor
    canvas.fillRect(0, 0, 1, 1)
    const [red = 0, green = 0, blue = 0] = canvas.getImageData(0, 0, 1, 1).data
    return (red + green + blue) / 3 / 255
  })
}

import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { NO_BROWSER } from '../support/browser.ts'
import { cell, newFile, runCell, untilSaved, untilText } from '../support/steps.ts'
import { showPanel, startWorkplace, typedText, type Workplace } from '../support/workplace.ts'

/** A network whose proxy knows nothing of websockets: the page falls back to requests. */
describe.skipIf(NO_BROWSER !== undefined)('without websockets', () => {
  let place: Workplace
  let webSockets = 0

  beforeAll(async () => {
    place = await startWorkplace({
      async prepare({ context, page }) {
        await context.addInitScript(() => Reflect.deleteProperty(globalThis, 'WebSocket'))
        page.on('websocket', () => webSockets++)
      },
    })
  })

  afterAll(async () => place?.[Symbol.asyncDispose]())

  test('a worksheet computes', async () => {
    const { page } = place.ada
    await newFile(page, 'Sage worksheet', 'sums')
    await runCell(page, 1, '2+3')
    await untilText(cell(page, 1).output, /^5$/, 60_000)
  })

  test('two tabs type in one cell', async () => {
    const { page, context } = place.ada
    const other = await context.newPage()
    await other.goto(page.url())
    const [a, b] = [cell(page, 2).input, cell(other, 2).input]
    await a.click()
    await b.click()
    await Promise.all([
      page.keyboard.type('# one writes\n', { delay: 20 }),
      other.keyboard.type('# two writes\n', { delay: 20 }),
    ])
    await expect
      .poll(async () => [await lettersOf(a), await lettersOf(b)], { timeout: 60_000 })
      .toEqual([LETTERS, LETTERS])
    expect(await typedText(a)).toBe(await typedText(b))
    await untilSaved(page)
    await other.close()
  })

  test('a terminal echoes', async () => {
    const { page } = place.ada
    await showPanel(page, 'Files')
    await newFile(page, 'Terminal', 'shell')
    await page.locator('.xterm-screen:visible').click()
    await page.keyboard.type('echo $((6*7))')
    await page.keyboard.press('Enter')
    await untilText(page.locator('.xterm-rows:visible'), /^42$/m)
  })

  test('no websocket was opened, and nothing went wrong', () => {
    expect({ webSockets, errors: place.ada.errors }).toEqual({ webSockets: 0, errors: [] })
  })
})

const LETTERS = sorted('#onewrites#twowrites')

async function lettersOf(input: ReturnType<Page['locator']>): Promise<string> {
  return sorted(await typedText(input))
}

function sorted(text: string): string {
  return [...text.replaceAll(/\s/g, '')].sort().join('')
}

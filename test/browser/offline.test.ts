import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { NO_BROWSER } from '../support/browser.ts'
import { connectionState, newFile, untilSaved, untilText } from '../support/steps.ts'
import { startWorkplace, typedText, type Workplace } from '../support/workplace.ts'

/** One person with two tabs, of which the network comes and goes. */
describe.skipIf(NO_BROWSER !== undefined)('a network that comes and goes', () => {
  let place: Workplace
  let url = ''

  beforeAll(async () => {
    place = await startWorkplace()
    await newFile(place.ada.page, 'Text', 'notes')
    url = place.ada.page.url()
  })

  afterAll(async () => place?.[Symbol.asyncDispose]())

  const textIn = (page: Workplace['ada']['page']) => page.locator('.cm-content:visible').last()

  test('what is typed without a network is counted and kept', async () => {
    const { page, context } = place.ada
    await textIn(page).click()
    await page.keyboard.type('before\n')
    await untilSaved(page)
    await context.setOffline(true)
    await untilText(connectionState(page), /^Offline/)
    await page.keyboard.type('while away\n')
    await untilText(connectionState(page), /^Offline, \d+ changes? kept here$/)
    expect(await typedText(textIn(page))).toMatch(/before\s+while away/)
  })

  test('a tab that is closed without a network has its text when it is opened again', async () => {
    const { page, context } = place.ada
    await page.close()
    await context.setOffline(false)
    const again = await context.newPage()
    await again.goto(url)
    await untilText(textIn(again), /before\s+while away/)
    await untilSaved(again)
    place = { ...place, ada: { ...place.ada, page: again } }
  })

  test('case 9: two tabs of one person that typed apart have both texts when the network is back', async () => {
    const { page, context } = place.ada
    const other = await context.newPage()
    await other.goto(url)
    await untilText(textIn(other), /while away/)
    await context.setOffline(true)
    for (const [tab, text] of [
      [page, 'first tab'],
      [other, 'second tab'],
    ] as const) {
      await untilText(connectionState(tab), /^Offline/)
      await tab.bringToFront()
      await textIn(tab).click()
      await tab.keyboard.press('Control+End')
      await tab.keyboard.type(`${text}\n`)
      await untilText(connectionState(tab), /kept here/)
    }
    await context.setOffline(false)
    for (const tab of [page, other]) {
      await untilText(textIn(tab), /first tab/)
      await untilText(textIn(tab), /second tab/)
      await untilSaved(tab)
    }
    expect(await typedText(textIn(page))).toBe(await typedText(textIn(other)))
    expect((await typedText(textIn(page))).match(/while away/g)).toHaveLength(1)
    await other.close()
  })

  test('nothing but the network failed', () => {
    const failures = place.ada.errors.filter(
      (error) => !error.includes('ERR_INTERNET_DISCONNECTED'),
    )
    expect(failures).toEqual([])
  })
})

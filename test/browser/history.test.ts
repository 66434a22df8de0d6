import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { NO_BROWSER } from '../support/browser.ts'
import { newFile, untilSaved, untilText } from '../support/steps.ts'
import { startWorkplace, typedText, type Workplace } from '../support/workplace.ts'

/** One person who looks at what a document was. */
describe.skipIf(NO_BROWSER !== undefined)('the history of a document', () => {
  let place: Workplace

  beforeAll(async () => {
    place = await startWorkplace()
    await newFile(place.ada.page, 'Text', 'notes')
  })

  afterAll(async () => place?.[Symbol.asyncDispose]())

  test('shows its versions and their text; one is restored, and that is taken back', async () => {
    const { page } = place.ada
    const text = page.locator('.cm-content:visible').last()
    await text.click()
    await page.keyboard.type('first line\n')
    await untilSaved(page)
    await page.getByRole('button', { name: 'History' }).click()
    const dialog = page.getByRole('dialog', { name: 'History of notes.txt' })
    await untilText(dialog.locator('pre'), /^first line/)
    await untilText(dialog.getByRole('list', { name: 'Versions' }), /\+\d+/)
    await page.keyboard.press('Escape')
    await text.click()
    await page.keyboard.press('Control+A')
    await page.keyboard.type('other')
    await untilSaved(page)
    await page.getByRole('button', { name: 'History' }).click()
    await dialog.getByRole('button', { name: 'Before all these changes' }).click()
    await dialog.getByRole('button', { name: 'Restore this version' }).click()
    await page.getByRole('button', { name: 'Undo' }).waitFor()
    await untilText(text, /^\s*$/)
    await page.getByRole('button', { name: 'Undo' }).click()
    await untilText(text, /^other$/)
    expect(await typedText(text)).toBe('other')
  })
})

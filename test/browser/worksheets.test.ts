import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'

import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { NO_BROWSER, type PersonAtBrowser, screenshot } from '../support/browser.ts'
import { cell, newFile, openFile, runCell, untilSaved, untilText } from '../support/steps.ts'
import {
  EMMY,
  invitedPerson,
  placeFile,
  showPanel,
  startWorkplace,
  type Workplace,
} from '../support/workplace.ts'

const SAMPLES = 'test/fixtures/documents/sagews'

/** Marks the line of a cell and the lines of its outputs in a file. */
const CELL_MARK = '\uFE20'

describe.skipIf(NO_BROWSER !== undefined)('worksheets', () => {
  let place: Workplace
  let emmy: PersonAtBrowser
  let samples: string[]

  beforeAll(async () => {
    place = await startWorkplace()
    samples = (await readdir(SAMPLES)).filter((name) => name.endsWith('.sagews'))
    for (const name of samples) await placeFile(place, name, await readFile(join(SAMPLES, name)))
  })

  afterAll(async () => place?.[Symbol.asyncDispose]())

  test('worksheets of other makers open with their cells, and opening changes no byte', async () => {
    const { page } = place.ada
    const cells: Record<string, number> = {}
    for (const name of samples) {
      await openFile(page, name)
      const sheet = page.getByRole('tabpanel', { name, exact: true })
      await sheet.locator('.ws-cell').first().waitFor()
      cells[name] = await sheet.locator('.ws-cell').count()
      await page.getByRole('button', { name: `Close ${name}` }).click()
      const bytes = await readFile(join(place.projectDir, name))
      expect({ name, same: bytes.equals(await readFile(join(SAMPLES, name))) }).toEqual({
        name,
        same: true,
      })
    }
    expect(samples).not.toEqual([])
    expect(Object.entries(cells).filter(([, count]) => count === 0)).toEqual([])
    expect(place.ada.errors).toEqual([])
  })

  test('running one cell changes the lines of that cell alone', async () => {
    const { page } = place.ada
    const name = '09-beginner-tutorial-tex.sagews'
    const before = (await readFile(join(SAMPLES, name), 'utf8')).split('\n')
    await openFile(page, name)
    const { input, output } = cell(page, 2)
    await input.click()
    await page.keyboard.press('Control+a')
    await page.keyboard.insertText('print("only this" + " cell")')
    await page.keyboard.press('Alt+Enter')
    await untilText(output, /only this cell/, 60_000)
    await page.keyboard.press('Control+s')
    await untilSaved(page)
    const file = join(place.projectDir, name)
    await expect
      .poll(async () => readFile(file, 'utf8'), { timeout: 60_000 })
      .toContain('only this cell')
    const after = (await readFile(file, 'utf8')).split('\n')
    const first = before.findIndex((line, index) => line !== after[index])
    expect(first).toBeGreaterThan(0)
    const fromEnd = [...before].reverse().findIndex((line, index) => line !== after.at(-1 - index))
    const changed = before.slice(first, before.length - fromEnd)
    expect(changed.filter((line) => line.startsWith(CELL_MARK)).length).toBeLessThanOrEqual(1)
    await page.getByRole('button', { name: `Close ${name}` }).click()
  })

  test('a question of a computation is answered by the other person', async () => {
    const { page } = place.ada
    emmy = await invitedPerson(place, EMMY)
    await showPanel(page, 'Files')
    await newFile(page, 'Sage worksheet', 'together')
    await openFile(emmy.page, 'together.sagews')
    await runCell(page, 1, 'name = input("Who is there?")\nprint("Hello, " + name)')
    const question = emmy.page.getByLabel('Who is there?')
    await question.fill('Emmy')
    await emmy.page.getByRole('button', { name: 'Answer' }).click()
    await untilText(cell(page, 1).output, /Hello, Emmy/)
    await untilText(cell(emmy.page, 1).output, /Hello, Emmy/)
  })

  test('an endless loop is interrupted, and what was computed is there', async () => {
    const { page } = place.ada
    await runCell(page, 2, 'kept = 6*7\nprint("begun", flush=True)\nwhile True:\n    pass')
    await untilText(cell(page, 2).output, /begun/)
    await page.getByRole('button', { name: 'Stop', exact: true }).click()
    await untilText(cell(page, 2).output, /KeyboardInterrupt|[Ii]nterrupted/)
    await runCell(page, 3, 'kept')
    await untilText(cell(page, 3).output, /^42$/)
  })

  test('a restart forgets what was computed', async () => {
    const { page } = place.ada
    await page.getByRole('button', { name: 'Restart', exact: true }).click()
    await runCell(page, 4, 'kept')
    await untilText(cell(page, 4).output, /NameError/, 60_000)
  })

  test('a flood of output leaves the page quick, and links to all of it', async () => {
    const { page } = place.ada
    await runCell(page, 5, 'for line in range(100_000): print("line", line)')
    await untilText(cell(page, 5).section.locator('.ws-status'), /done/, 60_000)
    const slowestMs = await page.evaluate(async () => {
      let slowest = 0
      for (let frame = 0; frame < 10; frame++) {
        const began = performance.now()
        await new Promise(requestAnimationFrame)
        slowest = Math.max(slowest, performance.now() - began)
      }
      return slowest
    })
    expect(slowestMs).toBeLessThan(10_000)
    expect((await cell(page, 5).output.innerText()).length).toBeLessThan(1_000_000)
    const whole = cell(page, 5).output.getByText('Open the whole output')
    await whole.scrollIntoViewIfNeeded()
    await screenshot(page, 'worksheets-01-flood')
    await runCell(page, 6, '2+3')
    await untilText(cell(page, 6).output, /^5$/)
  })

  test('input and output are hidden and shown, for both', async () => {
    const { page } = place.ada
    await emmy.page.getByRole('region', { name: /^Cell 7,/ }).scrollIntoViewIfNeeded()
    await cell(page, 6).input.click()
    await page.keyboard.press('Control+\\')
    await cell(emmy.page, 6).section.getByText('Input hidden').waitFor()
    await cell(page, 6)
      .section.getByRole('button', { name: /^Input hidden/ })
      .click()
    await cell(emmy.page, 6).input.waitFor()
    await cell(page, 6).input.click()
    await page.keyboard.press('Control+Shift+|')
    await cell(emmy.page, 6).section.getByText('Output hidden').waitFor()
    await cell(page, 6)
      .section.getByRole('button', { name: /^Output hidden/ })
      .click()
    await untilText(cell(emmy.page, 6).output, /^5$/)
  })

  test('Tab completes a name', async () => {
    const { page } = place.ada
    await cell(page, 7).input.click()
    await page.keyboard.insertText('import math\nmath.fac')
    await page.keyboard.press('Tab')
    await page.getByRole('option', { name: 'factorial' }).first().click()
    await untilText(cell(page, 7).input, /math\.factorial/)
  })

  test('Shift-Tab shows help on what stands at the cursor', async () => {
    const { page } = place.ada
    await cell(page, 7).input.click()
    await page.keyboard.press('Control+a')
    await page.keyboard.insertText('sorted')
    await page.keyboard.press('Shift+Tab')
    const help = page.getByRole('region', { name: 'Help on the code' })
    await untilText(help, /ascending order/)
    await screenshot(page, 'worksheets-02-help')
    await page.keyboard.press('Escape')
    await help.waitFor({ state: 'detached' })
  })

  test('nothing went wrong in the pages', () => {
    expect({ ada: place.ada.errors, emmy: emmy.errors }).toEqual({ ada: [], emmy: [] })
  })
})

import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { launchBrowser, newPerson, NO_BROWSER, screenshot } from '../../support/browser.ts'
import type { PersonAtBrowser } from '../../support/browser.ts'
import { startInstallation } from '../../support/installation.ts'
import type { Installation } from '../../support/installation.ts'
import { testSage } from '../../support/programs.ts'
import { cell, createProject, newFile, runCell, signUp, untilText } from '../../support/steps.ts'

/** The first start of Sage on a cold machine. */
const SAGE_DEADLINE_MS = 90_000

describe.skipIf(NO_BROWSER !== undefined || testSage() === undefined)(
  'a worksheet on real Sage',
  () => {
    let salvus: Installation
    let browser: Browser
    let ada: PersonAtBrowser

    beforeAll(async () => {
      salvus = await startInstallation({ worksheets: 'sage' })
      browser = await launchBrowser()
      ada = await newPerson(browser)
      await signUp(ada.page, salvus.setUpUrl ?? '', {
        name: 'Ada Lovelace',
        email: 'ada@example.com',
      })
      await createProject(ada.page, 'Sage')
      await newFile(ada.page, 'Sage worksheet', 'sage')
    })

    afterAll(async () => {
      await browser?.close()
      await salvus?.[Symbol.asyncDispose]()
    })

    test('the preparser reads ^ as a power, and the page names the version', async () => {
      await runCell(ada.page, 1, 'factor(2^100 - 1)')
      await untilText(cell(ada.page, 1).output, /3 \* 5\^3 \* 11/, SAGE_DEADLINE_MS)
      await ada.page.getByRole('button', { name: /^SageMath \d/ }).waitFor()
    })

    test('a formula is typeset and a plot is an image', async () => {
      await runCell(ada.page, 2, 'show(integrate(x^2 * sin(x), x))')
      await expect
        .poll(() => cell(ada.page, 2).output.locator('.katex').count(), {
          timeout: SAGE_DEADLINE_MS,
        })
        .toBeGreaterThan(0)
      await runCell(ada.page, 3, 'plot(sin, -4, 4)')
      const image = cell(ada.page, 3).output.locator('img')
      await image.waitFor({ timeout: SAGE_DEADLINE_MS })
      await expect
        .poll(() => image.evaluate((node: HTMLImageElement) => node.naturalWidth), {
          timeout: 20_000,
        })
        .toBeGreaterThan(100)
      await screenshot(ada.page, 'external-sage')
    })

    test('an error says in which lines it is', async () => {
      await runCell(ada.page, 4, '1 + 1\n1 / 0')
      await untilText(
        cell(ada.page, 4).output,
        /Error in lines? 2[^]*ZeroDivisionError/,
        SAGE_DEADLINE_MS,
      )
    })

    test('nothing went wrong in the page on the way', () => {
      expect(ada.errors).toEqual([])
    })
  },
)

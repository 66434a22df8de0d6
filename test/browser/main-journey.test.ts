import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import type { Browser, Locator } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'

import {
  launchBrowser,
  newPerson,
  NO_BROWSER,
  type PersonAtBrowser,
  screenshot,
} from '../support/browser.ts'
import { type Installation, startInstallation } from '../support/installation.ts'
import { startMailServer, type TestMailServer } from '../support/mail-server.ts'
import {
  cell,
  createProject,
  focusCell,
  newFile,
  openFile,
  runCell,
  signUp,
  untilOpen,
  untilSaved,
  untilText,
} from '../support/steps.ts'
import { typedText } from '../support/workplace.ts'

const ADA = { name: 'Ada Lovelace', email: 'ada@example.com' }
const EMMY = { name: 'Emmy Noether', email: 'emmy@example.com' }

/** The Python environment of a fresh installation is made behind the page; on a slow network that takes a while. */
const PYTHON_DEADLINE_MS = 120_000

/** The first ten minutes of two people, step by step; each step begins where the one before it ended. */
describe.skipIf(NO_BROWSER !== undefined)('two people at work', () => {
  let mail: TestMailServer
  let salvus: Installation
  let browser: Browser
  let ada: PersonAtBrowser
  let emmy: PersonAtBrowser

  beforeAll(async () => {
    mail = await startMailServer()
    salvus = await startInstallation({
      async prepare(dataDir) {
        await mkdir(join(dataDir, 'secrets'), { recursive: true, mode: 0o700 })
        await mkdir(join(dataDir, 'config'), { recursive: true, mode: 0o700 })
        await writeFile(join(dataDir, 'secrets', 'smtp-url'), `${mail.url}\n`, { mode: 0o600 })
        await writeFile(
          join(dataDir, 'config', 'salvus.json'),
          JSON.stringify({ siteName: 'Salvus', helpAddress: 'help@salvus.test' }),
        )
      },
    })
    browser = await launchBrowser()
    ada = await newPerson(browser)
    emmy = await newPerson(browser)
  })

  afterEach(async ({ task }) => {
    if (task.result?.state !== 'fail') return
    await screenshot(ada.page, 'failed-ada')
    await screenshot(emmy.page, 'failed-emmy')
  })

  afterAll(async () => {
    await browser?.close()
    await salvus?.[Symbol.asyncDispose]()
    await mail?.[Symbol.asyncDispose]()
  })

  test('the first account is made with the printed address, and a project with it', async () => {
    expect(salvus.setUpUrl).toBeDefined()
    await signUp(ada.page, salvus.setUpUrl ?? '', ADA)
    await ada.page.getByRole('button', { name: 'New project' }).first().waitFor()
    await screenshot(ada.page, '01-projects-empty')
    await createProject(ada.page, 'Calculus')
    await screenshot(ada.page, '02-project-empty')
  })

  test('a worksheet shows text, a formula, a result and a plot', async () => {
    await newFile(ada.page, 'Sage worksheet', 'integrals')
    await runCell(ada.page, 1, '%md\n# Integrals\nThe area is $\\int_0^1 x^2\\,dx = \\frac13$.')
    await untilText(cell(ada.page, 1).output, /The area is/, PYTHON_DEADLINE_MS)
    await expect.poll(() => cell(ada.page, 1).output.locator('.katex').count()).toBeGreaterThan(0)
    await runCell(ada.page, 2, '2+3')
    await untilText(cell(ada.page, 2).output, /^5$/, PYTHON_DEADLINE_MS)
    await runCell(ada.page, 3, 'from sympy import *\nx = symbols("x")\nshow(integrate(x**2, x))')
    await expect.poll(() => cell(ada.page, 3).output.locator('.katex').count()).toBeGreaterThan(0)
    await runCell(
      ada.page,
      4,
      'import matplotlib.pyplot as plt\nplt.plot([0, 1, 2, 3], [0, 1, 4, 9])\nplt.show()',
    )
    const image = cell(ada.page, 4).output.locator('img')
    await image.waitFor()
    await expect
      .poll(() => image.evaluate((node: HTMLImageElement) => node.naturalWidth))
      .toBeGreaterThan(100)
    await untilSaved(ada.page)
    await screenshot(ada.page, '03-worksheet')
  })

  test('a second person is invited by mail and opens the same worksheet', async () => {
    await ada.page.getByRole('tab', { name: 'People' }).click()
    await ada.page.getByRole('button', { name: 'Invite' }).click()
    const dialog = ada.page.getByRole('dialog', { name: 'Invite' })
    await dialog.getByLabel('E-mail').fill(EMMY.email)
    await dialog.getByRole('button', { name: 'Send invitation' }).click()
    const letter = await mail.until('invitation#token=')
    const link = /(https?:\/\/\S+invitation#token=[^\s>]+)/.exec(letter)?.[1]
    expect(link).toBeDefined()
    await dialog.getByRole('button', { name: 'Done' }).click()
    await screenshot(ada.page, '04-people')

    await emmy.page.goto(link ?? '')
    await screenshot(emmy.page, '05-invitation')
    await emmy.page.getByRole('button', { name: 'Sign up' }).click()
    await emmy.page.getByLabel('Name', { exact: true }).fill(EMMY.name)
    await expect
      .poll(() => emmy.page.getByLabel('E-mail', { exact: true }).inputValue())
      .toBe(EMMY.email)
    await emmy.page.getByLabel('Password', { exact: true }).fill('a long enough passphrase')
    await emmy.page.getByRole('button', { name: 'Create account' }).click()
    await untilOpen(emmy.page)
    await openFile(emmy.page, 'integrals.sagews')
    await untilText(cell(emmy.page, 2).output, /^5$/)
    await screenshot(emmy.page, '06-second-person')
  })

  test('both type in one cell at once, and see each other', async () => {
    const [a, b] = [cell(ada.page, 5).input, cell(emmy.page, 5).input]
    await focusCell(ada.page, 5)
    await focusCell(emmy.page, 5)
    await Promise.all([
      ada.page.keyboard.type('# ada writes this line\n', { delay: 30 }),
      emmy.page.keyboard.type('# emmy writes that line\n', { delay: 30 }),
    ])
    const typed = [...'#adawritesthisline#emmywritesthatline'].sort().join('')
    const letters = async (input: Locator) =>
      [...(await typedText(input)).replaceAll(/\s/g, '')].sort().join('')
    await expect
      .poll(async () => [await letters(a), await letters(b)], { timeout: 60_000 })
      .toEqual([typed, typed])
    expect(await typedText(a)).toBe(await typedText(b))
    await emmy.page.keyboard.press('ArrowLeft')
    await ada.page.getByText(EMMY.name).first().waitFor()
    await screenshot(ada.page, '07-cursors')
  })

  test('each sees the output of the other', async () => {
    await focusCell(emmy.page, 5)
    await emmy.page.keyboard.press('Control+a')
    await emmy.page.keyboard.insertText('sum(range(101))')
    await emmy.page.keyboard.press('Shift+Enter')
    await untilText(cell(ada.page, 5).output, /5050/)
    await untilText(cell(emmy.page, 5).output, /5050/)
  })

  test('a computation goes on while its author is away, and its output is complete', async () => {
    await runCell(
      emmy.page,
      6,
      'import time\nfor step in range(8):\n    print("step", step, flush=True)\n    time.sleep(0.5)',
    )
    await untilText(cell(emmy.page, 6).output, /step 0/)
    const { url } = { url: emmy.page.url() }
    await emmy.page.close()
    const page = await emmy.context.newPage()
    emmy = { ...emmy, page }
    await untilText(cell(ada.page, 6).output, /step 7/)
    await page.goto(url)
    await untilText(cell(page, 6).output, /step 0[^]*step 3[^]*step 7/)
    await untilText(cell(page, 6).section.locator('.ws-status'), /done/)
    await screenshot(page, '08-complete')
  })

  test('a terminal runs python3, top and vim; what vim changes appears in the open editor of the other', async () => {
    await openFiles(emmy.page)
    await newFile(emmy.page, 'Text', 'shared')
    const editor = emmy.page.locator('.cm-content:visible').last()
    await editor.click()
    await emmy.page.keyboard.type('from the editor')
    await untilSaved(emmy.page)

    await openFiles(ada.page)
    await newFile(ada.page, 'Terminal', 'shell')
    const screen = ada.page.locator('.xterm-screen:visible')
    await screen.click()
    const type = async (text: string): Promise<void> => {
      await ada.page.keyboard.type(text)
      await ada.page.keyboard.press('Enter')
    }
    const rows = ada.page.locator('.xterm-rows:visible')
    await type('python3 -q')
    await untilText(rows, />>>/)
    await type('6*7')
    await untilText(rows, /42/)
    await type('exit()')
    await type('top')
    await untilText(rows, /load average/)
    await ada.page.keyboard.press('q')
    // What is typed while it restores the screen is thrown away with the rest of its input.
    await untilText(rows, /\$\s*$/)
    await type('cat shared.txt')
    await untilText(rows, /from the editor/)
    await type('vi shared.txt')
    await ada.page.keyboard.type('Ovim was here')
    await ada.page.keyboard.press('Escape')
    await type(':wq')
    await untilText(editor, /vim was here[^]*from the editor/)
    await screenshot(ada.page, '09-terminal')
    await screenshot(emmy.page, '10-changed-by-vim')
  })

  test('a letter to help@ arrives with what was chosen to go along', async () => {
    await emmy.page.getByRole('button', { name: 'Help', exact: true }).first().click()
    const dialog = emmy.page.getByRole('dialog', { name: 'Help' })
    const write = dialog
      .getByRole('tab', { name: 'Write to help@' })
      .or(dialog.getByRole('button', { name: 'Write to help@' }))
      .first()
    await write.click()
    await dialog.getByLabel('Subject').fill('My plot is upside down')
    await dialog.getByLabel('Message').fill('How do I turn it around?')
    await screenshot(emmy.page, '11-help')
    await dialog.getByRole('button', { name: /^Send/ }).click()
    const letter = await mail.until('My plot is upside down')
    expect(letter).toMatch(/^reply-to:.*emmy@example\.com/im)
    expect(letter).toMatch(/^to:.*help@salvus\.test/im)
    expect(letter).toContain('How do I turn it around?')
  })

  test('nothing went wrong in the pages on the way', () => {
    expect({ ada: ada.errors, emmy: emmy.errors }).toEqual({ ada: [], emmy: [] })
  })
})

async function openFiles(page: PersonAtBrowser['page']): Promise<void> {
  await page
    .getByRole('tab', { name: 'Files' })
    .or(page.getByRole('button', { name: 'Files', exact: true }))
    .first()
    .click()
}

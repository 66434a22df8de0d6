import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'

import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { askStatus } from '../../src/admin/control-socket.ts'
import { launchBrowser, newPerson, NO_BROWSER, type PersonAtBrowser } from '../support/browser.ts'
import { type Installation, startInstallation } from '../support/installation.ts'
import {
  cell,
  createProject,
  newFile,
  runCell,
  signUp,
  textOf,
  untilSaved,
  untilText,
} from '../support/steps.ts'

const ADA = { name: 'Ada Lovelace', email: 'ada@example.com' }

/** The Python environment of a fresh installation is made behind the page. */
const PYTHON_DEADLINE_MS = 120_000
/** A process is started again within a second; a busy machine takes longer, and people wait no longer than this. */
const BACK_DEADLINE_MS = 90_000

/** A process that is killed costs nobody anything: what was typed arrives, once, and no page is loaded again. */
describe.skipIf(NO_BROWSER !== undefined)('while somebody types in a worksheet', () => {
  let salvus: Installation
  let browser: Browser
  let ada: PersonAtBrowser
  let reader: PersonAtBrowser
  const lines: string[] = []

  beforeAll(async () => {
    salvus = await startInstallation()
    browser = await launchBrowser()
    ada = await newPerson(browser)
    await signUp(ada.page, salvus.setUpUrl ?? '', ADA)
    await createProject(ada.page, 'Endurance')
    await newFile(ada.page, 'Sage worksheet', 'work')
    await runCell(ada.page, 1, 'kept = 7 * 191; print(kept)')
    await untilText(cell(ada.page, 1).output, /^1337$/, PYTHON_DEADLINE_MS)
    // Another page of the same person shows what has arrived.
    reader = { ...ada, page: await ada.context.newPage() }
    await reader.page.goto(ada.page.url())
    await untilText(cell(reader.page, 1).output, /^1337$/)
    await ada.page.bringToFront()
    await ada.page.evaluate(() => document.documentElement.setAttribute('data-loaded', 'once'))
  })

  afterAll(async () => {
    await browser?.close()
    await salvus?.[Symbol.asyncDispose]()
  })

  /** Types lines into the second cell, kills in the middle, and waits until the other page shows all of them. */
  async function typeThrough(what: string, kill: () => Promise<void>): Promise<void> {
    const { input } = cell(ada.page, 2)
    await input.click()
    await ada.page.keyboard.press('Control+End')
    for (let index = 0; index < 4; index++) {
      const line = `# ${what} ${index}`
      await ada.page.keyboard.type(`${line}\n`, { delay: 5 })
      lines.push(line)
      if (index === 1) await kill()
    }
    await expect
      .poll(async () => written(await textOf(cell(reader.page, 2).input)), {
        timeout: BACK_DEADLINE_MS,
      })
      .toEqual(lines)
    await untilSaved(ada.page)
    expect(await ada.page.locator('html').getAttribute('data-loaded')).toBe('once')
  }

  /** Runs something in the first cell; its output is the last line that it prints. */
  async function computes(code: string, result: RegExp): Promise<void> {
    await cell(ada.page, 1).input.click()
    await ada.page.keyboard.press('Control+a')
    await ada.page.keyboard.insertText(code)
    await ada.page.keyboard.press('Alt+Enter')
    await untilText(cell(ada.page, 1).output, result, BACK_DEADLINE_MS)
  }

  test('case 16: the hub is killed in the middle of writing', async () => {
    await typeThrough('hub', () => killSupervised('hub'))
    await computes('kept + 1', /^1338$/)
  })

  test('case 1: the local hub is killed', async () => {
    await typeThrough('local', async () => killOfProject(/local-hub\.js/))
    // The session is another process, and has its variables still.
    await computes('kept + 2', /^1339$/)
  })

  test('the project server is killed', async () => {
    await typeThrough('server', () => killSupervised('project server'))
    await computes('kept + 3', /^1340$/)
  })

  test('the console server is killed', async () => {
    await ada.page.getByRole('tab', { name: 'Files' }).first().click()
    await newFile(ada.page, 'Terminal', 'shell')
    const rows = ada.page.locator('.xterm-rows:visible')
    const type = async (text: string): Promise<void> => {
      await ada.page.locator('.xterm-screen:visible').click()
      await ada.page.keyboard.type(`${text}\n`)
    }
    await type('echo $((6*7))')
    await untilText(rows, /42/)
    await killOfProject(/console-server\.js/)
    await expect
      .poll(
        async () => {
          await type('echo $((1200+34))')
          return textOf(rows)
        },
        { timeout: BACK_DEADLINE_MS, interval: 500 },
      )
      .toMatch(/1234/)
    await ada.page.getByRole('tab', { name: /work/ }).first().click()
  })

  test('the Sage server is killed', async () => {
    await typeThrough('sage', async () => killOfProject(/salvus_sage/))
    // Its sessions are gone with their variables, and say so; the next run has another.
    await computes('40 + 4', /^44$/)
  })

  async function killSupervised(name: string): Promise<void> {
    const status = await askStatus(salvus.dataDir)
    const pid = /process (\d+)/.exec(status?.processes[name] ?? '')?.[1]
    expect(pid).toBeDefined()
    process.kill(Number(pid), 'SIGKILL')
  }

  /** Kills those whose command line matches and whose project is of this installation. */
  async function killOfProject(command: RegExp): Promise<void> {
    const found: number[] = []
    for (const name of await readdir('/proc')) {
      if (!/^\d+$/.test(name)) continue
      const line = await readFile(join('/proc', name, 'cmdline'), 'utf8').catch(() => '')
      if (!line.includes(salvus.dataDir) || !command.test(line)) continue
      found.push(Number(name))
    }
    expect(found.length).toBeGreaterThan(0)
    for (const pid of found) process.kill(pid, 'SIGKILL')
  }
})

function written(text: string): string[] {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
}

import { mkdir } from 'node:fs/promises'

import {
  type Browser,
  type BrowserContext,
  type BrowserContextOptions,
  chromium,
  type Page,
} from 'playwright-core'

import { testChromium } from './programs.ts'

export const SCREENSHOTS = 'test/browser/screenshots'

/** What the browser tests skip with, where there is no browser. */
export const NO_BROWSER =
  testChromium() === undefined ? 'no Chromium: apt install chromium' : undefined

/** A real Chromium that asks nothing of the outside. */
export async function launchBrowser(): Promise<Browser> {
  const executablePath = testChromium()
  if (executablePath === undefined) throw new Error('no Chromium: apt install chromium')
  return chromium.launch({
    executablePath,
    headless: true,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  })
}

/** Somebody at a browser of their own. */
export interface PersonAtBrowser {
  readonly context: BrowserContext
  readonly page: Page
  /** Errors of the page's scripts; a journey ends with none. */
  readonly errors: string[]
}

export async function newPerson(
  browser: Browser,
  options: BrowserContextOptions = {},
): Promise<PersonAtBrowser> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, ...options })
  context.setDefaultTimeout(60_000)
  const page = await context.newPage()
  const errors: string[] = []
  page.on('pageerror', (error) => errors.push(error.message))
  page.on('console', (message) => {
    if (message.type() === 'error') errors.push(message.text())
  })
  return { context, page, errors }
}

/** Keeps a picture of the page under SCREENSHOTS, to be looked at. */
export async function screenshot(page: Page, name: string): Promise<void> {
  await mkdir(SCREENSHOTS, { recursive: true })
  await page.screenshot({ path: `${SCREENSHOTS}/${name}.png` })
}

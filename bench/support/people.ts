import type { Browser, Page } from 'playwright-core'

import {
  cell,
  createProject,
  inviteByLink,
  joinByInvitation,
  newFile,
  openFile,
  signUp,
} from '../../test/support/steps.ts'
import { launchBrowser } from './browser.ts'
import type { RunningSalvus } from './salvus.ts'

const PAGE_TIMEOUT_MS = 60_000

/** Two browsers that are two processes, as two people have them. */
export interface TwoBrowsers extends AsyncDisposable {
  readonly a: Browser
  readonly b: Browser
}

export async function launchTwoBrowsers(): Promise<TwoBrowsers> {
  const a = await launchBrowser()
  const b = await launchBrowser()
  return {
    a,
    b,
    [Symbol.asyncDispose]: async () => {
      await Promise.all([a.close(), b.close()])
    },
  }
}

/** A page of somebody who was never here. */
export async function newPage(browser: Browser): Promise<Page> {
  const context = await browser.newContext({
    viewport: { width: 1280, height: 800 },
    permissions: ['clipboard-read', 'clipboard-write'],
  })
  context.setDefaultTimeout(PAGE_TIMEOUT_MS)
  return context.newPage()
}

/** The first account, with a project that is open. */
export async function openProject(browser: Browser, salvus: RunningSalvus): Promise<Page> {
  const page = await newPage(browser)
  const ada = { name: 'Ada Lovelace', email: 'ada@example.com' }
  await signUp(page, salvus.setUpUrl ?? salvus.url, ada)
  await createProject(page, 'Calculus')
  return page
}

/** Two people with one worksheet before them, of one empty cell. */
export async function openWorksheetTogether(
  browsers: TwoBrowsers,
  salvus: RunningSalvus,
): Promise<{ readonly a: Page; readonly b: Page }> {
  const a = await openProject(browsers.a, salvus)
  const link = await inviteByLink(a, 'emmy@example.com')
  await a.getByRole('tab', { name: 'Files' }).click()
  await newFile(a, 'Sage worksheet', 'together')
  await cell(a, 1).input.waitFor()
  const b = await newPage(browsers.b)
  await joinByInvitation(b, link, 'Emmy Noether')
  await openFile(b, 'together.sagews')
  await cell(b, 1).input.waitFor()
  return { a, b }
}

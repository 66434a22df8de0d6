/*
 * What a first visit costs until the page can be used: for us from the sign-up of the first account
 * to the projects page with its button `New project`, fetched anew with an empty cache; for
 * JupyterLab until its launcher stands.
 */
import type { Browser } from 'playwright-core'

import { countTraffic, launchBrowser } from './support/browser.ts'
import type { Traffic } from './support/browser.ts'
import { emit, note } from './support/emit.ts'
import { startJupyter } from './support/jupyter.ts'
import { startSalvus, temporaryData } from './support/salvus.ts'

const PAGE_TIMEOUT_MS = 60_000

async function main(): Promise<void> {
  const browser = await launchBrowser()
  try {
    const ours = await measureSalvus(browser)
    const theirs = await measureJupyter(browser)
    const peer = 'jupyterlab'
    emit({
      name: 'shell_script_compressed',
      value: ours.scriptBytes / 1000,
      unit: 'kB',
      peer,
      peer_value: theirs.scriptBytes / 1000,
    })
    emit({
      name: 'shell_requests',
      value: ours.requests,
      unit: 'requests',
      peer,
      peer_value: theirs.requests,
    })
  } finally {
    await browser.close()
  }
}

async function measureSalvus(browser: Browser): Promise<Traffic> {
  await using data = await temporaryData()
  await using salvus = await startSalvus({ clone: process.cwd(), dataDir: data.path })
  note('the projects page, with an empty cache ...')
  const context = await browser.newContext()
  try {
    context.setDefaultTimeout(PAGE_TIMEOUT_MS)
    const page = await context.newPage()
    await page.goto(salvus.setUpUrl ?? salvus.url)
    await page.getByLabel('Name').fill('Ada Lovelace')
    await page.getByLabel('E-mail').fill('ada@example.com')
    await page.getByLabel('Password', { exact: true }).fill('correct horse battery')
    await page.getByRole('button', { name: 'Create account' }).click()
    const ready = { name: 'New project' } as const
    await page.getByRole('button', ready).first().waitFor()
    await page.close()
    const visit = await context.newPage()
    const traffic = await countTraffic(visit)
    await visit.goto(salvus.url)
    await visit.getByRole('button', ready).first().waitFor()
    return traffic()
  } finally {
    await context.close()
  }
}

async function measureJupyter(browser: Browser): Promise<Traffic> {
  await using jupyter = await startJupyter({})
  note('JupyterLab, with an empty cache ...')
  const context = await browser.newContext()
  try {
    context.setDefaultTimeout(PAGE_TIMEOUT_MS)
    const page = await context.newPage()
    const traffic = await countTraffic(page)
    await page.goto(`${jupyter.url}?token=${jupyter.token}`)
    await page.locator('.jp-Launcher-body').waitFor()
    return traffic()
  } finally {
    await context.close()
  }
}

await main()

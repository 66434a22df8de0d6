/*
 * `2+3` from the press of the key that runs it until its output stands in the DOM. The second number is another one
 * each time, so that no output of before is taken for the new one.
 *
 *   evaluate_p50, evaluate_p95   in a worksheet, or notebook, that has run something; the cell is run in place
 *                                (Alt-Enter; JupyterLab: Ctrl-Enter).
 *   first_result                 the 95th percentile over new worksheets, made from the menu and run as soon as they
 *                                can be typed in, while the project's Sage server runs. JupyterLab: new notebooks from
 *                                its launcher, so that what is left of the start of the kernel counts.
 */
import type { Browser, Page } from 'playwright-core'

import { cell, newFile, untilText } from '../test/support/steps.ts'
import { launchBrowser } from './support/browser.ts'
import { emit, note } from './support/emit.ts'
import { startJupyter } from './support/jupyter.ts'
import type { RunningJupyter } from './support/jupyter.ts'
import { firstEditor, notebookOf, openNotebook } from './support/notebook.ts'
import { timeUntilText } from './support/page-clock.ts'
import { newPage, openProject } from './support/people.ts'
import { startSalvus, temporaryData } from './support/salvus.ts'
import { percentile } from './support/statistics.ts'

const RUNS = 80
/** Not counted: the first runs compile what the others run. */
const RUNS_BEFORE = 10
const NEW_DOCUMENTS = 20
/** A person looks at the output before the next run. */
const PAUSE_MS = 300
/** The Python environment of a fresh installation may have to be made first. */
const PYTHON_TIMEOUT_MS = 300_000

interface Evaluation {
  readonly runs: readonly number[]
  readonly firsts: readonly number[]
}

async function main(): Promise<void> {
  const browser = await launchBrowser()
  try {
    const ours = await measureSalvus(browser)
    const theirs = await measureJupyter(browser)
    for (const [name, of, share] of [
      ['evaluate_p50', 'runs', 0.5],
      ['evaluate_p95', 'runs', 0.95],
      ['first_result', 'firsts', 0.95],
    ] as const) {
      const value = percentile(ours[of], share)
      const peer_value = percentile(theirs[of], share)
      emit({ name, value, unit: 'ms', peer: 'jupyterlab', peer_value })
    }
  } finally {
    await browser.close()
  }
}

async function measureSalvus(browser: Browser): Promise<Evaluation> {
  await using data = await temporaryData()
  await using salvus = await startSalvus({ clone: process.cwd(), dataDir: data.path })
  const page = await openProject(browser, salvus)
  note('runs in a warm worksheet ...')
  await newFile(page, 'Sage worksheet', 'warm')
  await cell(page, 1).input.click()
  await page.keyboard.insertText('1+1')
  await page.keyboard.press('Alt+Enter')
  await untilText(cell(page, 1).output, /^2$/, PYTHON_TIMEOUT_MS)
  const run = { key: 'Alt+Enter', root: '.ws-cell', selector: '.ws-stdout, .ws-output pre' }
  const runs = await timeRuns(page, run)
  note('first results of new worksheets ...')
  const firsts: number[] = []
  for (let n = 0; n < NEW_DOCUMENTS; n++) {
    await page
      .getByRole('button', { name: 'Files', exact: true })
      .or(page.getByRole('tab', { name: 'Files' }))
      .first()
      .click()
    await newFile(page, 'Sage worksheet', `new-${n}`)
    await cell(page, 1).input.click()
    await page.keyboard.type(`2+${n}`)
    firsts.push(await timeRun(page, run, String(2 + n)))
  }
  await page.context().close()
  return { runs, firsts }
}

async function measureJupyter(browser: Browser): Promise<Evaluation> {
  await using jupyter = await startJupyter({ 'warm.ipynb': notebookOf(['1+1']) })
  note('runs in a warm notebook of JupyterLab ...')
  const page = await newPage(browser)
  const editor = await openNotebook(page, jupyter, { file: 'warm.ipynb', workspace: 'warm' })
  await page.locator('.jp-Notebook-ExecutionIndicator[data-status="idle"]').first().waitFor()
  await editor.click()
  const run = {
    key: 'Control+Enter',
    root: '.jp-Notebook .jp-CodeCell',
    selector: '.jp-OutputArea-output pre',
  }
  await timeRun(page, { ...run, pressAgain: true }, '2')
  const runs = await timeRuns(page, run)
  await page.context().close()
  note('first results of new notebooks of JupyterLab ...')
  const firsts: number[] = []
  for (let n = 0; n < NEW_DOCUMENTS; n++)
    firsts.push(await timeNewNotebook(browser, jupyter, { ...run, pressAgain: true }, n))
  return { runs, firsts }
}

/** In a page of its own, so that nothing of the notebook before asks whether it may be left. */
async function timeNewNotebook(
  browser: Browser,
  { url, token }: RunningJupyter,
  run: RunCell,
  n: number,
): Promise<number> {
  const page = await newPage(browser)
  await page.goto(`${url}/workspaces/new-${n}?token=${token}`)
  await page.locator('.jp-LauncherCard[data-category="Notebook"]').first().click()
  await (await firstEditor(page)).click()
  await page.keyboard.type(`2+${n}`)
  const ms = await timeRun(page, run, String(2 + n))
  await page.context().close()
  return ms
}

interface RunCell {
  readonly key: string
  readonly root: string
  readonly selector: string
  /** JupyterLab drops what is run before its kernel is there; the first press counts. */
  readonly pressAgain?: boolean
}

/** Runs the one cell of the document that is shown again and again. */
async function timeRuns(page: Page, run: RunCell): Promise<number[]> {
  const times: number[] = []
  for (let n = 0; n < RUNS; n++) {
    // A notebook leaves its editor when a cell has run.
    await page.locator(`${run.root} .cm-content`).locator('visible=true').first().click()
    await page.keyboard.press('Control+a')
    await page.keyboard.type(`2+${n + 3}`)
    await page.waitForTimeout(PAUSE_MS)
    times.push(await timeRun(page, run, String(n + 5)))
  }
  return times.slice(RUNS_BEFORE)
}

function timeRun(page: Page, run: RunCell, expected: string): Promise<number> {
  const first = page.locator(run.root).locator('visible=true').first()
  return timeUntilText(first, { ...run, expected })
}

await main()

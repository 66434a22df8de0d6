/*
 * A keystroke on its way to another person's screen: two Chromium processes, one cell, a digit about every 150 ms.
 *
 *   typing_p50, typing_p95   from the keydown in browser A until the digit stands in the DOM of browser B, both by
 *                            performance.timeOrigin + now. The peer is JupyterLab with jupyter-collaboration and a
 *                            notebook of one cell, in the same browsers, measured by the same functions.
 *   typing_relay_p95         of that, between the two pages: from A's websocket frame sent to B's received, by the
 *                            browsers' own stamps: the hub, the local hub and the owner of the document.
 *   typing_sync_p95          of that, in the two pages: the rest, from the keydown to the frame sent and from the
 *                            frame received to the DOM.
 */
import type { Page } from 'playwright-core'

import { cell } from '../test/support/steps.ts'
import { emit, note } from './support/emit.ts'
import { startJupyter } from './support/jupyter.ts'
import { notebookOf, openNotebook } from './support/notebook.ts'
import { recordDigits, recordKeys } from './support/page-clock.ts'
import { launchTwoBrowsers, newPage, openWorksheetTogether } from './support/people.ts'
import type { TwoBrowsers } from './support/people.ts'
import { recordFrames, stampFrames } from './support/relay-clock.ts'
import { startSalvus, temporaryData } from './support/salvus.ts'
import { percentile } from './support/statistics.ts'

const KEYS = 240
/** Not counted: the first keys compile what the others run. */
const KEYS_BEFORE = 20
const KEYS_A_LINE = 60
const PAUSE_MS = 150
/** So that keys fall on no beat of any timer. */
const JITTER_MS = 23
const ARRIVAL_TIMEOUT_MS = 30_000

interface Typing {
  readonly totals: readonly number[]
  readonly relays: readonly number[]
}

async function main(): Promise<void> {
  await using browsers = await launchTwoBrowsers()
  const ours = await measureSalvus(browsers)
  const theirs = await measureJupyter(browsers)
  const peer = 'jupyterlab with jupyter-collaboration'
  for (const [name, share] of [
    ['typing_p50', 0.5],
    ['typing_p95', 0.95],
  ] as const) {
    const value = percentile(ours.totals, share)
    emit({ name, value, unit: 'ms', peer, peer_value: percentile(theirs, share) })
  }
  const { totals, relays } = ours
  const inPages = totals.map((total, index) => total - (relays[index] ?? Number.NaN))
  emit({ name: 'typing_relay_p95', value: percentile(relays, 0.95), unit: 'ms' })
  emit({ name: 'typing_sync_p95', value: percentile(inPages, 0.95), unit: 'ms' })
}

async function measureSalvus(browsers: TwoBrowsers): Promise<Typing> {
  await using data = await temporaryData()
  await using salvus = await startSalvus({ clone: process.cwd(), dataDir: data.path })
  note('two people in a worksheet ...')
  const { a, b } = await openWorksheetTogether(browsers, salvus)
  const sent = await recordFrames(a, 'sent')
  const received = await recordFrames(b, 'received')
  // The frames of a connection are told from its beginning on.
  await Promise.all([a.reload(), b.reload()])
  const [from, to] = [cell(a, 1).input, cell(b, 1).input]
  await to.waitFor()
  await from.click()
  const totals = await typeAndWait(a, { from: await recordKeys(a), to: await recordDigits(to) })
  if (sent().length !== KEYS || received().length !== KEYS) {
    throw new Error(`of ${KEYS} digits ${sent().length} were sent, ${received().length} received`)
  }
  const relays = received().map((ms, index) => ms - (sent()[index] ?? Number.NaN))
  await Promise.all([a.context().close(), b.context().close()])
  return { totals, relays: relays.slice(KEYS_BEFORE) }
}

async function measureJupyter(browsers: TwoBrowsers): Promise<readonly number[]> {
  await using jupyter = await startJupyter({ 'together.ipynb': notebookOf(['']) })
  note('two people in a notebook of JupyterLab ...')
  const [a, b] = [await newPage(browsers.a), await newPage(browsers.b)]
  await Promise.all([stampFrames(a), stampFrames(b)])
  const from = await openNotebook(a, jupyter, { file: 'together.ipynb', workspace: 'a' })
  const to = await openNotebook(b, jupyter, { file: 'together.ipynb', workspace: 'b' })
  await from.click()
  const totals = await typeAndWait(a, { from: await recordKeys(a), to: await recordDigits(to) })
  await Promise.all([a.context().close(), b.context().close()])
  return totals
}

/** Types the digits, and resolves to what each took. */
async function typeAndWait(
  page: Page,
  times: { readonly from: () => Promise<number[]>; readonly to: () => Promise<number[]> },
): Promise<number[]> {
  for (let n = 0; n < KEYS; n++) {
    if (n > 0 && n % KEYS_A_LINE === 0) await page.keyboard.press('Enter')
    await page.keyboard.press(String(n % 10))
    await page.waitForTimeout(PAUSE_MS + ((n * 7) % JITTER_MS))
  }
  const deadline = performance.now() + ARRIVAL_TIMEOUT_MS
  let arrived = await times.to()
  while (arrived.length < KEYS && performance.now() < deadline) {
    await page.waitForTimeout(PAUSE_MS)
    arrived = await times.to()
  }
  const pressed = await times.from()
  if (pressed.length !== KEYS || arrived.length !== KEYS) {
    throw new Error(`of ${KEYS} digits ${pressed.length} were pressed, ${arrived.length} arrived`)
  }
  return arrived.map((ms, index) => ms - (pressed[index] ?? Number.NaN)).slice(KEYS_BEFORE)
}

await main()

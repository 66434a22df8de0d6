import { chromium } from 'playwright-core'
import type { Browser, CDPSession, Page } from 'playwright-core'

import { testChromium } from '../../test/support/programs.ts'

const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
]

/** The browser of all figures, the same for us and for peers. */
export async function launchBrowser(): Promise<Browser> {
  const executablePath = testChromium()
  if (executablePath === undefined) throw new Error('no Chromium: apt install chromium')
  return chromium.launch({ executablePath, headless: true, args: FLAGS })
}

/** What a page has fetched so far. */
export interface Traffic {
  readonly requests: number
  /** Bytes of scripts on the wire, compressed as they came. */
  readonly scriptBytes: number
  readonly bytes: number
}

/** Counts what a page fetches, from the browser's own accounting of the wire. */
export async function countTraffic(page: Page): Promise<() => Traffic> {
  const session: CDPSession = await page.context().newCDPSession(page)
  await session.send('Network.enable')
  await session.send('Network.setCacheDisabled', { cacheDisabled: true })
  const scripts = new Set<string>()
  const traffic = { requests: 0, scriptBytes: 0, bytes: 0 }
  session.on('Network.requestWillBeSent', (event) => {
    if (event.request.url.startsWith('data:')) return
    traffic.requests++
    if (event.type === 'Script') scripts.add(event.requestId)
  })
  session.on('Network.responseReceived', (event) => {
    if (event.type === 'Script') scripts.add(event.requestId)
  })
  session.on('Network.loadingFinished', (event) => {
    traffic.bytes += event.encodedDataLength
    if (scripts.has(event.requestId)) traffic.scriptBytes += event.encodedDataLength
  })
  return () => ({ ...traffic })
}

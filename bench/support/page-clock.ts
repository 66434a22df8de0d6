import type { Locator, Page } from 'playwright-core'

/*
 * What happens in a page, by its own clock. Pages of several browsers of one machine have the same clock,
 * performance.timeOrigin + performance.now(). Both editors are CodeMirror 6, so one function serves both.
 */

/** Kept in the pages, behind names that nobody else uses. */
interface Bench {
  benchKeys?: number[]
  benchDigits?: number[]
}

/** The time of each press of a digit, from before the editor sees it. */
export async function recordKeys(page: Page): Promise<() => Promise<number[]>> {
  await page.evaluate(() => {
    const times: number[] = []
    const bench = globalThis as Bench
    bench.benchKeys = times
    const onKey = (event: KeyboardEvent): void => {
      if (/^\d$/.test(event.key)) times.push(performance.timeOrigin + performance.now())
    }
    globalThis.addEventListener('keydown', onKey, { capture: true })
  })
  return () => page.evaluate(() => (globalThis as Bench).benchKeys ?? [])
}

/**
 * The time at which each further digit stood in an editor's document. Other people's cursors carry names, which
 * have no digits.
 */
export async function recordDigits(content: Locator): Promise<() => Promise<number[]>> {
  const digits = await content.evaluateHandle((element) => {
    const count = (): number => element.textContent.replaceAll(/\D/g, '').length
    const times: number[] = []
    const before = count()
    new MutationObserver(() => {
      const now = performance.timeOrigin + performance.now()
      for (let missing = count() - before - times.length; missing > 0; missing--) times.push(now)
    }).observe(element, { childList: true, characterData: true, subtree: true })
    return times
  })
  return () => digits.evaluate((times) => times)
}

/**
 * Presses a key, and resolves to the milliseconds from its keydown in the page until an element that `selector`
 * finds below `root` has the text `expected`, and no other.
 */
export async function timeUntilText(
  root: Locator,
  act: {
    readonly key: string
    readonly selector: string
    readonly expected: string
    readonly pressAgain?: boolean
  },
): Promise<number> {
  const { key, selector, expected } = act
  const handle = await root.evaluateHandle(
    (element, wanted) => {
      let keyMs: number | undefined
      const onKey = (event: KeyboardEvent): void => {
        if (event.key === 'Enter') keyMs ??= performance.now()
      }
      globalThis.addEventListener('keydown', onKey, { capture: true })
      const isThere = (): boolean =>
        [...element.querySelectorAll(wanted.selector)].some(
          (output) => output.textContent.trim() === wanted.expected,
        )
      if (isThere()) throw new Error(`"${wanted.expected}" is there already`)
      const found = new Promise<number>((resolve) => {
        const observer = new MutationObserver(() => {
          if (keyMs === undefined || !isThere()) return
          observer.disconnect()
          globalThis.removeEventListener('keydown', onKey, { capture: true })
          resolve(performance.now() - keyMs)
        })
        observer.observe(element, { childList: true, characterData: true, subtree: true })
      })
      return { found }
    },
    { selector, expected },
  )
  await root.page().keyboard.press(key)
  const again = setInterval(() => {
    if (act.pressAgain === true)
      root
        .page()
        .keyboard.press(key)
        .catch(() => undefined)
  }, PRESS_AGAIN_MS)
  const late = new Promise<never>((_, reject) => {
    setTimeout(() => reject(new Error(`no output "${expected}"`)), RESULT_TIMEOUT_MS).unref()
  })
  try {
    return await Promise.race([handle.evaluate(({ found }) => found), late])
  } finally {
    clearInterval(again)
  }
}

/** A kernel that starts on a busy machine. */
const RESULT_TIMEOUT_MS = 60_000
const PRESS_AGAIN_MS = 250

import { test } from 'vitest'

/** Whether this run takes its time: `npm run test:long`. */
export const isLongRun = process.env['SALVUS_LONG'] === '1'

/**
 * A test that takes minutes. `npm test` lists it as `skipped: long`; `npm run test:long` runs it.
 *
 * @param timeoutMs how long it may take
 */
export function longTest(title: string, timeoutMs: number, run: () => Promise<void> | void): void {
  test.skipIf(!isLongRun)(`${title} (long)`, { timeout: timeoutMs }, run)
}

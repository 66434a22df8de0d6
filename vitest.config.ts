import { defineConfig } from 'vitest/config'

/** Tests that share the machine with the reader's other work: starting takes longer than usual. */
const FAST_TIMEOUT_MS = 30_000
const SLOW_TIMEOUT_MS = 180_000
const BROWSER_TIMEOUT_MS = 300_000
/** Between two looks at a condition, and how long it is waited for where its test has the time, in milliseconds. */
const LOOK_EVERY_MS = 50
const POLL_TIMEOUT_MS = 60_000

/**
 * A project of tests is a folder of test/ with its own limits. Projects of which each file starts
 * processes, ports and browsers run a file at a time, because two cores are all we count on.
 */
function project(name: string, timeoutMs: number, options: { parallel: boolean }) {
  return {
    test: {
      name,
      include: [`test/${name}/**/*.test.{ts,tsx}`],
      environment: 'node' as const,
      testTimeout: timeoutMs,
      hookTimeout: timeoutMs,
      // A condition that is not met says so before its test is over.
      expect: {
        poll: { interval: LOOK_EVERY_MS, timeout: Math.min(POLL_TIMEOUT_MS, (timeoutMs * 2) / 3) },
      },
      fileParallelism: options.parallel,
      pool: 'forks' as const,
    },
  }
}

export default defineConfig({
  test: {
    maxWorkers: 2,
    projects: [
      project('unit', FAST_TIMEOUT_MS, { parallel: true }),
      project('contract', FAST_TIMEOUT_MS, { parallel: true }),
      project('simulation', SLOW_TIMEOUT_MS, { parallel: true }),
      project('integration', SLOW_TIMEOUT_MS, { parallel: false }),
      project('browser', BROWSER_TIMEOUT_MS, { parallel: false }),
      project('external', BROWSER_TIMEOUT_MS, { parallel: false }),
    ],
  },
})

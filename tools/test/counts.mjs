import { existsSync, readFileSync } from 'node:fs'

/**
 * What a stage came to. `long` of the skipped ones are left to `npm run test:long`.
 * @typedef {{ passed: number, failed: number, skipped: number, long: number, names: string[] }} Counts
 */

/** What longTest() of test/support/long.ts ends its titles with. */
const LONG_MARK = ' (long)'

/** @returns {Counts} */
export function noCounts() {
  return { passed: 0, failed: 0, skipped: 0, long: 0, names: [] }
}

/**
 * @param {Counts[]} all
 * @returns {Counts}
 */
export function addCounts(all) {
  return all.reduce(
    (sum, one) => ({
      passed: sum.passed + one.passed,
      failed: sum.failed + one.failed,
      skipped: sum.skipped + one.skipped,
      long: sum.long + one.long,
      names: [...sum.names, ...one.names],
    }),
    noCounts(),
  )
}

/**
 * Reads the report of vitest's JSON reporter. A file that failed before its tests were known counts
 * as one failure, and so does a run that failed with nothing to show for it: an error outside of
 * all tests, or no test at all.
 *
 * @param {string} file
 * @param {number} exitCode
 * @returns {Counts}
 */
export function readVitestReport(file, exitCode) {
  const counts = noCounts()
  /** @type {{ testResults: { status: string, assertionResults: { status: string, fullName: string }[] }[] }} */
  const report = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : { testResults: [] }
  for (const { status, assertionResults } of report.testResults) {
    const before = counts.failed
    for (const test of assertionResults) {
      if (test.status === 'passed') counts.passed++
      else if (test.status === 'failed') counts.failed++
      else addSkipped(counts, test.fullName)
    }
    if (status === 'failed' && counts.failed === before) counts.failed++
  }
  const isEmpty = counts.passed + counts.failed + counts.skipped === 0
  if (counts.failed === 0 && (exitCode !== 0 || isEmpty)) counts.failed = 1
  return counts
}

/**
 * Reads the report that pytest writes with `--junitxml`.
 *
 * @param {string} file
 * @param {number} exitCode
 * @returns {Counts}
 */
export function readPytestReport(file, exitCode) {
  const counts = noCounts()
  const text = existsSync(file) ? readFileSync(file, 'utf8') : ''
  const suite = /<testsuite [^>]*>/.exec(text)?.[0] ?? ''
  const number = (/** @type {string} */ name) =>
    Number(new RegExp(` ${name}="(\\d+)"`).exec(suite)?.[1] ?? 0)
  counts.failed = number('failures') + number('errors')
  counts.skipped = number('skipped')
  counts.passed = number('tests') - counts.failed - counts.skipped
  const isEmpty = counts.passed + counts.failed + counts.skipped === 0
  if (counts.failed === 0 && (exitCode !== 0 || isEmpty)) counts.failed = 1
  return counts
}

/**
 * @param {Counts} counts
 * @param {string} name
 */
function addSkipped(counts, name) {
  counts.skipped++
  if (name.endsWith(LONG_MARK)) counts.long++
  else counts.names.push(name)
}

// `npm run mutation [-- NAME...]`: breaks one invariant of the synchronization after another, in a copy of the tree,
// and shows that a test fails each time. NAMEs choose the mutants whose name holds one of them. The checkout is not
// touched. Ends with 1 where a mutant survives: a test is missing.
import { spawn } from 'node:child_process'
import { cp, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { MUTANTS } from './mutation/mutants.mjs'
import { makeBeside } from './setup/beside.mjs'
import { ensurePackages } from './setup/packages.mjs'
import { ROOT } from './setup/paths.mjs'

/** What the tests need; packages are found in the checkout above the copy. */
const COPIED = ['src', 'test', 'tools', 'package.json', 'vitest.config.ts', 'tsconfig.base.json']

/** A schedule in a hundred finds most faults. */
const SCHEDULES = '400'

/** A mutant that runs for ever is caught as well. */
const TIMEOUT_MS = 5 * 60_000

/** @typedef {import('./mutation/mutants.mjs').Mutant} Mutant */
/** @typedef {{ status: string, fullName: string, failureMessages: string[] }} Result */
/** @typedef {'passed' | 'failed' | 'broken'} Outcome */

const names = process.argv.slice(2)
const mutants = MUTANTS.filter(
  ({ name }) => names.length === 0 || names.some((part) => name.includes(part)),
)
await ensurePackages()
const copy = await makeBeside()
const REPORT = join(copy, 'report.json')
process.on('SIGINT', () => process.exit(130))
try {
  for (const name of COPIED) await cp(join(ROOT, name), join(copy, name), { recursive: true })
  process.exitCode = (await main()) ? 0 : 1
} finally {
  await rm(copy, { recursive: true, force: true })
}

/** True where all are caught. */
async function main() {
  if (mutants.length === 0) throw new Error(`no mutant is called ${names.join(', ')}`)
  for (const mutant of mutants) await textWithFault(mutant)
  const tests = [...new Set(mutants.flatMap((mutant) => mutant.tests))]
  if ((await runTests(tests)) !== 'passed') {
    process.stderr.write(`without a fault these fail:\n${(await failedTests()).join('\n')}\n`)
    return false
  }
  let survivors = 0
  for (const mutant of mutants) {
    const start = performance.now()
    const outcome = await outcomeOf(mutant)
    if (outcome !== 'failed') survivors++
    const verdict = { failed: 'caught', passed: 'SURVIVED', broken: 'NO TEST RAN' }[outcome]
    const seconds = ((performance.now() - start) / 1000).toFixed(1)
    process.stdout.write(`${verdict.padEnd(11)} ${seconds.padStart(6)} s  ${mutant.name}\n`)
  }
  process.stdout.write(`mutants: ${mutants.length - survivors} caught, ${survivors} not\n`)
  return survivors === 0
}

/** @param {Mutant} mutant */
async function outcomeOf(mutant) {
  const path = join(copy, mutant.file)
  const original = await readFile(path, 'utf8')
  await writeFile(path, await textWithFault(mutant))
  try {
    return await runTests(mutant.tests)
  } finally {
    await writeFile(path, original)
  }
}

/**
 * @param {Mutant} mutant
 * @returns {Promise<string>}
 */
async function textWithFault({ name, file, find, replace }) {
  const parts = (await readFile(join(copy, file), 'utf8')).split(find)
  if (parts.length === 2) return parts.join(replace)
  throw new Error(
    `"${name}": ${file} has ${parts.length - 1} times what is to be replaced: ${find}`,
  )
}

/**
 * Until the first test that fails.
 * @param {string[]} tests
 * @returns {Promise<Outcome>}
 */
async function runTests(tests) {
  await rm(REPORT, { force: true })
  const vitest = join(ROOT, 'node_modules/vitest/vitest.mjs')
  const args = ['run', '--root', copy, '--bail=1', '--reporter=json', `--outputFile=${REPORT}`]
  const env = { ...process.env, SALVUS_SCHEDULES: SCHEDULES }
  const child = spawn(process.execPath, [vitest, ...args, ...tests], {
    cwd: copy,
    env,
    stdio: 'ignore',
    timeout: TIMEOUT_MS,
  })
  const code = await new Promise((resolve) => child.on('exit', resolve))
  if (code === 0) return 'passed'
  if (code === null) return 'failed'
  return (await failedTests()).length > 0 ? 'failed' : 'broken'
}

/** @returns {Promise<string[]>} of the last run, with the reason */
async function failedTests() {
  const { testResults } = JSON.parse(await readFile(REPORT, 'utf8'))
  return testResults.flatMap((/** @type {{ assertionResults: Result[] }} */ { assertionResults }) =>
    assertionResults
      .filter(({ status }) => status === 'failed')
      .map(({ fullName, failureMessages }) => `  ${fullName}: ${failureMessages[0] ?? ''}`),
  )
}

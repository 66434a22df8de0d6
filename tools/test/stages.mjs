import { existsSync, readdirSync } from 'node:fs'
import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { ROOT, SETUP_DIR } from '../setup/paths.mjs'
import { runCommand } from '../setup/run-command.mjs'
import { addCounts, noCounts, readPytestReport, readVitestReport } from './counts.mjs'

/** @typedef {import('./counts.mjs').Counts} Counts */
/** @typedef {{ reason: string, remedy: string }} Absence */
/**
 * @typedef {object} Stage
 * @property {string} name
 * @property {number} budgetS what it may take on two cores; a run that hangs is ended at LIMIT_FACTOR times that
 * @property {string[]} [projects] of vitest
 * @property {string[]} [pytest] folders with tests of Python
 * @property {() => Promise<Absence | undefined>} [missing] says what it can't run without
 */
/**
 * @typedef {object} Environment
 * @property {NodeJS.ProcessEnv} env for all tests
 * @property {string | undefined} python that has pytest
 * @property {boolean} long
 * @property {string[]} filters only files whose path holds one of these
 */

/** Long tests are for a night. */
const LONG_FACTOR = 20
/** A machine that does other things too takes two or three times the budget: what takes longer hangs. */
const LIMIT_FACTOR = 5

const REPORTS_DIR = join(SETUP_DIR, 'test-reports')

/**
 * @param {Stage} stage
 * @param {Environment} environment
 * @returns {Promise<Counts>}
 */
export async function runStage(stage, environment) {
  await mkdir(REPORTS_DIR, { recursive: true })
  const missing = await stage.missing?.()
  if (missing !== undefined) {
    process.stdout.write(`  skipped: ${missing.reason}\n    -> ${missing.remedy}\n`)
    return { ...noCounts(), skipped: countTests(stage) }
  }
  const parts = []
  if (stage.projects !== undefined) parts.push(await runVitest(stage, environment))
  for (const folder of stage.pytest ?? []) {
    if (hasPythonTests(folder)) parts.push(await runPytest(stage, folder, environment))
  }
  return addCounts(parts)
}

/**
 * @param {Stage} stage
 * @param {Environment} environment
 */
async function runVitest(stage, environment) {
  const report = join(REPORTS_DIR, `${stage.name}.json`)
  await rm(report, { force: true })
  const args = [
    'run',
    ...(stage.projects ?? []).flatMap((project) => ['--project', project]),
    ...['--reporter=default', '--reporter=json', `--outputFile.json=${report}`],
    ...(environment.filters.length > 0 ? ['--passWithNoTests', ...environment.filters] : []),
  ]
  const vitest = join(ROOT, 'node_modules/.bin/vitest')
  const { code } = await run(stage, environment, { command: vitest, args })
  if (environment.filters.length > 0 && code === 0 && !existsSync(report)) return noCounts()
  return readVitestReport(report, code)
}

/**
 * @param {Stage} stage
 * @param {string} folder
 * @param {Environment} environment
 */
async function runPytest(stage, folder, environment) {
  const { python } = environment
  if (python === undefined) {
    process.stdout.write('  skipped: tests of Python, which has no environment to run in\n')
    return { ...noCounts(), skipped: pythonTests(folder).length }
  }
  const report = join(REPORTS_DIR, `${stage.name}-${folder.replaceAll('/', '-')}.xml`)
  await rm(report, { force: true })
  const args = ['-m', 'pytest', '-q', '-p', 'no:cacheprovider', `--junitxml=${report}`, folder]
  const { code } = await run(stage, environment, { command: python, args })
  return readPytestReport(report, code)
}

/**
 * @param {Stage} stage
 * @param {Environment} environment
 * @param {{ command: string, args: string[] }} what
 */
async function run(stage, environment, what) {
  const limitS = stage.budgetS * LIMIT_FACTOR * (environment.long ? LONG_FACTOR : 1)
  const result = await runCommand(what.command, what.args, {
    cwd: ROOT,
    env: environment.env,
    timeoutMs: limitS * 1000,
    onLine: (line) => process.stdout.write(`${line}\n`),
  })
  if (result.code === 124) process.stdout.write(`  ended: it took more than ${limitS} s\n`)
  return result
}

/**
 * How much a stage that can't run leaves out: its files of tests, since nothing could collect them.
 *
 * @param {Stage} stage
 */
function countTests(stage) {
  const files = (stage.projects ?? []).flatMap((project) => filesBelow(`test/${project}`))
  const tests = files.filter((file) => /\.test\.tsx?$/.test(file))
  return tests.length + (stage.pytest ?? []).flatMap(pythonTests).length
}

/** @param {string} folder */
function hasPythonTests(folder) {
  return pythonTests(folder).length > 0
}

/** @param {string} folder */
function pythonTests(folder) {
  return filesBelow(folder).filter((file) => /(^|\/)test_[^/]*\.py$/.test(file))
}

/**
 * @param {string} folder
 * @returns {string[]}
 */
function filesBelow(folder) {
  const full = join(ROOT, folder)
  if (!existsSync(full)) return []
  return readdirSync(full, { recursive: true, encoding: 'utf8' })
}

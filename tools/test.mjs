// `npm test [-- --long] [--stage NAME ...] [PATH ...]`: everything from nothing, in stages.
// The last line is `tests: N passed, N failed, N skipped`.
import { ensureCassandra } from './setup/cassandra.mjs'
import { ensureFrontPrograms } from './setup/front-programs.mjs'
import { ensurePackages } from './setup/packages.mjs'
import { ensurePythonTest } from './setup/python-test.mjs'
import { ensureNatsServer } from './setup/nats-server.mjs'
import { runSetup } from './setup/run-setup.mjs'
import { seconds } from './setup/step.mjs'
import { aptInstall, canInstall, ensureProgram, findProgram } from './setup/system-programs.mjs'
import { addCounts } from './test/counts.mjs'
import { runStage } from './test/stages.mjs'

/** @typedef {import('./test/stages.mjs').Stage} Stage */
/** @typedef {import('./test/stages.mjs').Absence} Absence */

const { stages: wantedStages, filters, long } = parseArguments(process.argv.slice(2))
const started = performance.now()
const setUp = await runSetup('The set-up of the tests', prepare)
/** @type {[string, number][]} */
const times = [['set-up', performance.now() - started]]

const stages = listStages(setUp).filter(
  (stage) => wantedStages.length === 0 || wantedStages.includes(stage.name),
)
const counts = []
for (const stage of stages) {
  process.stdout.write(`\n${stage.name}\n`)
  const start = performance.now()
  counts.push(await runStage(stage, { env: setUp.env, python: setUp.python, long, filters }))
  times.push([stage.name, performance.now() - start])
}
report(addCounts(counts))

async function prepare() {
  await ensurePackages()
  const { ensureBuild } = await import('./build/parts.mjs')
  await ensureBuild()
  const chromium = await ensureProgram({
    names: ['chromium', 'chromium-browser', 'google-chrome', 'chrome'],
    aptPackage: 'chromium',
    title: 'Chromium',
  })
  const bubblewrap = await ensureProgram({
    names: ['bwrap'],
    aptPackage: 'bubblewrap',
    title: 'bubblewrap',
  })
  if (bubblewrap.kind === 'absent') {
    process.stdout.write(`  tests of bubblewrap will be skipped: ${bubblewrap.remedy}\n`)
  }
  const python = await ensurePythonTest()
  if (python.kind === 'absent') {
    process.stdout.write(
      `  tests of Python are skipped: ${python.reason}\n    -> ${python.remedy}\n`,
    )
  }
  const pythonPath = python.kind === 'ready' ? `${python.bin}/python` : undefined
  const nats = await ensureNatsServer(pythonPath)
  if (nats.kind === 'absent') {
    process.stdout.write(
      `  tests of the bus between hubs are skipped: ${nats.reason}\n    -> ${nats.remedy}\n`,
    )
  }
  await prepareFront()
  const cassandra = await prepareCassandra()
  /** @type {NodeJS.ProcessEnv} */
  const env = {
    ...process.env,
    SALVUS_LONG: long ? '1' : '0',
    ...(pythonPath === undefined ? {} : { SALVUS_TEST_PYTHON: pythonPath }),
    ...(nats.kind === 'ready' ? { SALVUS_TEST_NATS: nats.path } : {}),
    ...cassandra,
    ...(chromium.kind === 'ready' ? { SALVUS_TEST_CHROMIUM: chromium.path } : {}),
  }
  return { chromium, python: pythonPath, sage: startSage(), env }
}

/** haproxy, nginx, stunnel and the others, for those who run the tests of the way in. */
async function prepareFront() {
  if (wantedStages.length > 0 && !wantedStages.includes('external')) return
  if (filters.length > 0 && !filters.some((filter) => filter.includes('way-in'))) return
  const absence = await ensureFrontPrograms()
  if (absence === undefined) return
  process.stdout.write(
    `  tests of the way in are skipped: ${absence.reason}\n    -> ${absence.remedy}\n`,
  )
}

/**
 * Real Cassandra, for those who run its tests. Before the stages: what unpacks jars beside tests slows them down.
 * @returns {Promise<Record<string, string>>}
 */
async function prepareCassandra() {
  if (wantedStages.length > 0 && !wantedStages.includes('external')) return {}
  if (filters.length > 0 && !filters.some((filter) => filter.includes('cassandra'))) return {}
  const found = await ensureCassandra()
  if (found.kind === 'ready') {
    return { SALVUS_TEST_CASSANDRA: found.lib, SALVUS_TEST_JAVA: found.java }
  }
  process.stdout.write(
    `  tests of Cassandra are skipped: ${found.reason}\n    -> ${found.remedy}\n`,
  )
  return { SALVUS_TEST_CASSANDRA: '' }
}

/**
 * Real Sage is half a gigabyte: it is fetched while the earlier stages run.
 * @returns {Promise<Absence | undefined>}
 */
async function startSage() {
  if (wantedStages.length > 0 && !wantedStages.includes('external')) return undefined
  if (filters.length > 0 || findProgram(['sage']) !== undefined) return undefined
  const remedy = 'apt install --no-install-recommends sagemath'
  if (!canInstall()) return { reason: 'there is no `sage` on the PATH', remedy }
  const { code, output } = await aptInstall('sagemath')
  if (code === 0 && findProgram(['sage']) !== undefined) return undefined
  const last = output.trim().split('\n').at(-1) ?? ''
  return { reason: `sagemath could not be installed: ${last}`, remedy }
}

/**
 * @param {Awaited<ReturnType<typeof prepare>>} setUp
 * @returns {Stage[]}
 */
function listStages({ chromium, sage, env }) {
  return [
    { name: 'unit', budgetS: 300, projects: ['unit', 'contract', 'simulation'] },
    { name: 'python', budgetS: 120, pytest: ['test/unit/sage-server'] },
    { name: 'integration', budgetS: 240, projects: ['integration'] },
    {
      name: 'browser',
      budgetS: 360,
      projects: ['browser'],
      missing: async () => (chromium.kind === 'absent' ? chromium : undefined),
    },
    {
      name: 'external',
      budgetS: 240,
      projects: ['external'],
      pytest: ['test/external'],
      missing: async () => {
        const absence = await sage
        const path = findProgram(['sage'])
        if (path !== undefined) env['SALVUS_TEST_SAGE'] = path
        // The tests of what is absent skip themselves; the others run.
        if (absence !== undefined) {
          process.stdout.write(`  without Sage: ${absence.reason}\n    -> ${absence.remedy}\n`)
        }
        return undefined
      },
    },
  ]
}

/** @param {import('./test/counts.mjs').Counts} total */
function report(total) {
  if (total.names.length > 0) {
    process.stdout.write('\nskipped:\n')
    for (const name of total.names) process.stdout.write(`  ${name}\n`)
  }
  if (total.long > 0) process.stdout.write(`\nskipped: long, ${total.long} (npm run test:long)\n`)
  process.stdout.write('\n')
  for (const [name, ms] of times) {
    const budget = stages.find((stage) => stage.name === name)?.budgetS
    const over = budget !== undefined && !long && ms > budget * 1000 ? ', over its budget' : ''
    const of = budget === undefined ? '' : ` of ${budget} s`
    process.stdout.write(`  ${name.padEnd(12)} ${seconds(ms)}${of}${over}\n`)
  }
  process.exitCode = total.failed === 0 ? 0 : 1
  process.stdout.write(
    `tests: ${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped\n`,
  )
}

/** @param {string[]} args */
function parseArguments(args) {
  /** @type {string[]} */
  const stages = []
  /** @type {string[]} */
  const filters = []
  let long = false
  while (args.length > 0) {
    const arg = args.shift() ?? ''
    if (arg === '--long') long = true
    else if (arg === '--stage') stages.push(args.shift() ?? '')
    else filters.push(arg)
  }
  return { stages, filters, long }
}

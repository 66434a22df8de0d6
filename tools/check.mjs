// `npm run check`: everything about the source that a machine can judge without running it.
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { ensurePackages } from './setup/packages.mjs'
import { ROOT, SETUP_DIR } from './setup/paths.mjs'
import { ensurePythonTest } from './setup/python-test.mjs'
import { runCommand } from './setup/run-command.mjs'
import { runSetup } from './setup/run-setup.mjs'
import { seconds } from './setup/step.mjs'

/** Two cores; the compilers use one each. */
const AT_ONCE = 2
/** The compiler takes half a minute, and five where four others share the machine: what takes longer hangs. */
const CHECK_TIMEOUT_MS = 20 * 60_000

/** @typedef {{ name: string, command: string, args: string[], cwd?: string }} Check */
/** @typedef {{ name: string, reason: string, remedy: string }} Skipped */

const { checks, skipped } = await runSetup('The set-up of the checks', async () => {
  await ensurePackages()
  return listChecks()
})

const failed = await runAll(checks)
for (const one of skipped) {
  process.stdout.write(`skipped  ${one.name}: ${one.reason}\n         -> ${one.remedy}\n`)
}
process.stdout.write(
  `checks: ${checks.length - failed} passed, ${failed} failed, ${skipped.length} skipped\n`,
)
process.exitCode = failed === 0 ? 0 : 1

/** @returns {Promise<{ checks: Check[], skipped: Skipped[] }>} */
async function listChecks() {
  const bin = (/** @type {string} */ name) => join(ROOT, 'node_modules/.bin', name)
  const configurations = readdirSync(ROOT).filter((name) => /^tsconfig(\.\w+)?\.json$/.test(name))
  /** @type {Check[]} */
  const checks = [
    ...configurations
      .filter((name) => name !== 'tsconfig.base.json')
      .map((name) => ({
        name: `types (${name})`,
        command: bin('tsc'),
        args: ['-p', name, '--incremental', '--tsBuildInfoFile', `${SETUP_DIR}/${name}.build`],
      })),
    { name: 'lint', command: bin('oxlint'), args: [] },
    { name: 'format', command: bin('oxfmt'), args: ['--check'] },
    {
      name: 'layers',
      command: bin('depcruise'),
      args: ['src', '--config', '.dependency-cruiser.mjs'],
    },
    { name: 'timers', command: process.execPath, args: ['tools/timers.mjs'] },
    { name: 'unused code', command: bin('knip'), args: ['--no-progress'] },
  ]
  if (!existsSync(join(ROOT, 'src/sage-server/pyproject.toml'))) return { checks, skipped: [] }
  const python = await ensurePythonTest()
  if (python.kind === 'absent') {
    return { checks, skipped: [{ name: 'Python lint and types', ...python }] }
  }
  const cwd = join(ROOT, 'src/sage-server')
  const ruff = join(python.bin, 'ruff')
  checks.push(
    { name: 'Python lint', command: ruff, args: ['check', '.'], cwd },
    { name: 'Python format', command: ruff, args: ['format', '--check', '.'], cwd },
    { name: 'Python types', command: join(python.bin, 'mypy'), args: ['.'], cwd },
  )
  return { checks, skipped: [] }
}

/**
 * @param {Check[]} checks
 * @returns {Promise<number>} how many failed
 */
async function runAll(checks) {
  const queue = [...checks]
  let failed = 0
  const work = async () => {
    for (let check = queue.shift(); check !== undefined; check = queue.shift()) {
      const start = performance.now()
      const { code, output } = await runCommand(check.command, check.args, {
        cwd: check.cwd ?? ROOT,
        timeoutMs: CHECK_TIMEOUT_MS,
      })
      if (code !== 0) failed++
      const word = code === 0 ? 'passed' : 'FAILED'
      process.stdout.write(`${word}   ${check.name}, ${seconds(performance.now() - start)}\n`)
      if (code !== 0) process.stdout.write(`${output.trimEnd()}\n`)
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, work))
  return failed
}

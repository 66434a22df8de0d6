import { removeStale } from './beside.mjs'
import { stopCommands } from './run-command.mjs'
import { explainError } from './setup-failure.mjs'

/** What shells report for a process that a signal ended: 128 and the signal's number. */
const EXIT_CODES = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 }

/**
 * Runs set-up's work as a command does: stale leftovers are removed, a failure that a person can
 * mend is shown with its remedy, and a signal ends the commands that were started, and this.
 *
 * @template T
 * @param {string} what "<what> failed" reads well
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function runSetup(what, work) {
  const onSignal = (/** @type {keyof typeof EXIT_CODES} */ signal) => {
    stopCommands()
    process.stderr.write(`\n${what} was interrupted; nothing half-made is left. Run it again.\n`)
    process.exit(EXIT_CODES[signal])
  }
  const signals = /** @type {(keyof typeof EXIT_CODES)[]} */ (Object.keys(EXIT_CODES))
  for (const signal of signals) process.on(signal, onSignal)
  try {
    await removeStale()
    return await work()
  } catch (error) {
    stopCommands()
    const failure = explainError(error, what)
    if (failure === undefined) throw error
    process.stderr.write(`\n${failure.message}\n  -> ${failure.remedy}\n`)
    return process.exit(1)
  } finally {
    for (const signal of signals) process.off(signal, onSignal)
  }
}

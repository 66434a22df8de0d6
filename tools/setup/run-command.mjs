import { spawn } from 'node:child_process'

/** Of a failing command only its end is shown: the cause stands there, and screens are short. */
const TAIL_CHARACTERS = 6000

/** @type {Set<import('node:child_process').ChildProcess>} */
const running = new Set()

/** Ends what set-up started itself, and nothing else. */
export function stopCommands() {
  for (const child of running) {
    if (child.pid === undefined) continue
    try {
      process.kill(-child.pid, 'SIGTERM')
    } catch (error) {
      // ESRCH: it ended between the event and us.
      if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error
    }
  }
}

/**
 * Runs a command to its end, in a process group of its own, so that Ctrl-C reaches it through
 * `stopCommands` once and its own children end with it.
 *
 * @param {string} command
 * @param {string[]} args
 * @param {{ cwd?: string, env?: NodeJS.ProcessEnv, timeoutMs: number, onLine?: (line: string) => void }} options
 * @returns {Promise<{ code: number, output: string }>} code 124 when the time was up
 */
export function runCommand(command, args, options) {
  const { promise, resolve, reject } = deferred()
  const child = spawn(command, args, {
    cwd: options.cwd,
    env: options.env ?? process.env,
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  })
  running.add(child)
  let output = ''
  let rest = ''
  let timedOut = false
  const take = (/** @type {Buffer} */ chunk) => {
    output = (output + chunk.toString()).slice(-TAIL_CHARACTERS * 4)
    const lines = (rest + chunk.toString()).split(/\r?\n/)
    rest = lines.pop() ?? ''
    for (const line of lines) options.onLine?.(line)
  }
  child.stdout.on('data', take)
  child.stderr.on('data', take)
  const timer = setTimeout(() => {
    timedOut = true
    if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL')
  }, options.timeoutMs)
  child.on('error', (error) => {
    clearTimeout(timer)
    running.delete(child)
    reject(error)
  })
  child.on('close', (code) => {
    clearTimeout(timer)
    running.delete(child)
    if (rest !== '') options.onLine?.(rest)
    resolve({ code: timedOut ? 124 : (code ?? 1), output: output.slice(-TAIL_CHARACTERS) })
  })
  return promise
}

/** @returns {{ promise: Promise<{ code: number, output: string }>, resolve: (value: { code: number, output: string }) => void, reject: (error: Error) => void }} */
function deferred() {
  /** @type {(value: { code: number, output: string }) => void} */
  let resolve = () => {}
  /** @type {(error: Error) => void} */
  let reject = () => {}
  const promise = new Promise((yes, no) => {
    resolve = yes
    reject = no
  })
  return {
    promise: /** @type {Promise<{ code: number, output: string }>} */ (promise),
    resolve,
    reject,
  }
}

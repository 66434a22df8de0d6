import { chmodSync, existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'

import { writeFileAtomically } from '../atomic-file.ts'
import { installedSage } from './install-sage.ts'
import { findPython, findSage } from './find-python.ts'
import { canRun } from './unprivileged.ts'
import { makeEnvironment, requirementsHash } from './environment.ts'
import type { PythonStateFile } from './state.ts'

export interface PrepareOptions {
  readonly sharedDir: string
  /** As given by `--python`. */
  readonly python: string | undefined
  /** One that has the packages already: taken as it is. */
  readonly prepared: string | undefined
  readonly state: PythonStateFile
  readonly signal: AbortSignal
  /** Tells the person who started Salvus. */
  readonly report: (line: string) => void
}

/**
 * Prepares what worksheets run on, behind the running servers: `sage` of the PATH, else the Sage
 * that `salvus sage install` has added, else a Python environment with sympy, numpy, scipy and
 * matplotlib. Every step is written to the state file. Never throws: without Python, all the rest
 * of Salvus runs, and the worksheet shows what to do.
 */
export async function preparePython(options: PrepareOptions): Promise<void> {
  try {
    await prepare(options)
  } catch (error) {
    if (options.signal.aborted) return
    const message = error instanceof Error ? error.message : String(error)
    fail(options, { step: 'prepare', message, remedy: 'Start Salvus again to try once more.' })
  }
}

async function prepare(options: PrepareOptions): Promise<void> {
  const { sharedDir, state, signal } = options
  if (options.prepared !== undefined) {
    await takePrepared(options, options.prepared)
    return
  }
  const hash = requirementsHash()
  const before = await usableBefore(options, hash)
  if (signal.aborted || before === 'sage') return
  const start = performance.now()
  // What runs already stays in use while something better is looked for.
  if (before === undefined) {
    state.write({ state: 'preparing', step: 'look', message: 'Looking for Sage and Python' })
  }
  const sage = options.python === undefined ? await sagePython(sharedDir, signal) : undefined
  if (signal.aborted) return
  if (sage !== undefined) {
    state.write({
      state: 'ready',
      step: 'ready',
      message: sage.name,
      python: sage.python,
      mode: 'sage',
    })
    options.report(`  Worksheets run on ${sage.name}.`)
    return
  }
  if (before === 'python') return
  const found = await findPython(options.python, signal)
  if (signal.aborted) return
  if (found.kind === 'missing') {
    fail(options, { step: 'look', ...found })
    return
  }
  options.report('  Preparing Python for worksheets (62 MB, once) ...')
  const made = await makeEnvironment({ ...options, python: found.python, hash })
  if (signal.aborted) return
  if (made.kind === 'failed') {
    fail(options, { ...made, python: found.python })
    return
  }
  const message = 'Python with sympy, numpy, scipy and matplotlib'
  state.write({ state: 'ready', step: 'ready', message, python: made.python, mode: 'python', hash })
  const seconds = ((performance.now() - start) / 1000).toFixed(1)
  options.report(
    `  Python for worksheets is ready, ${seconds} s. For SageMath: salvus sage install`,
  )
}

interface FailureOfPython {
  readonly step: string
  readonly message: string
  readonly remedy: string
  readonly python?: string
}

function fail(options: PrepareOptions, failure: FailureOfPython): void {
  const { step, message, remedy, python } = failure
  const state = { state: 'failed' as const, step, message, remedy }
  options.state.write(python === undefined ? state : { ...state, python })
  options.report(`  Worksheets cannot run code yet: ${message}\n    -> ${remedy}`)
}

async function takePrepared(options: PrepareOptions, python: string): Promise<void> {
  if (await canRun(python, ['-c', ''], options.signal)) {
    const message = `Python, ${python}`
    options.state.write({ state: 'ready', step: 'ready', message, python, mode: 'python' })
    return
  }
  const message = `${python}, which SALVUS_WORKSHEET_PYTHON names, is no Python that projects can run.`
  fail(options, {
    step: 'look',
    message,
    remedy: 'Name another, or unset SALVUS_WORKSHEET_PYTHON.',
  })
}

/** What the start before has left that still runs; nothing where `--python` asks for another. */
async function usableBefore(
  options: PrepareOptions,
  hash: string,
): Promise<'sage' | 'python' | undefined> {
  const before = options.state.read()
  if (options.python !== undefined || before?.state !== 'ready') return undefined
  if (before.mode === 'python' && before.hash !== hash) return undefined
  const runs =
    existsSync(before.python) && (await canRun(before.python, ['-c', ''], options.signal))
  return runs ? before.mode : undefined
}

async function sagePython(
  sharedDir: string,
  signal: AbortSignal,
): Promise<{ python: string; name: string } | undefined> {
  const onPath = await findSage(signal)
  if (onPath !== undefined)
    return { python: wrapSage(sharedDir, onPath), name: `SageMath, ${onPath}` }
  const installed = installedSage(sharedDir)
  return installed === undefined ? undefined : { python: installed, name: 'SageMath' }
}

/**
 * `sage -python` under the name of a Python, since the environment that Sage's own Python needs
 * is set up by the `sage` command.
 */
function wrapSage(sharedDir: string, sage: string): string {
  const folder = join(sharedDir, 'python', 'sage')
  mkdirSync(folder, { recursive: true })
  chmodSync(folder, 0o755)
  const wrapper = join(folder, 'python')
  const quoted = sage.replaceAll("'", "'\\''")
  writeFileAtomically(wrapper, `#!/bin/sh\nexec '${quoted}' -python "$@"\n`, 0o755)
  return wrapper
}

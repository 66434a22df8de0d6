import { createInterface } from 'node:readline/promises'
import { parseArgs } from 'node:util'

import { installSage, installedSage } from './python/install-sage.ts'
import { PythonStateFile } from './python/state.ts'
import { chooseDataDirectory, prepareDataDirectory } from './start/data-directory.ts'

const USAGE = `Usage: salvus sage install [--yes] [--data DIR] [--python PATH]

Adds SageMath for worksheets: 1.3 GB to download, 4.4 GB on disk, a minute or two.
Worksheets use it from their next start on.
`

/** `salvus sage install`. */
export async function sageCommand(args: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      data: { type: 'string' },
      python: { type: 'string' },
      yes: { type: 'boolean', short: 'y', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  })
  if (values.help || positionals.join(' ') !== 'install') {
    process.stdout.write(USAGE)
    return values.help ? 0 : 2
  }
  const directory = chooseDataDirectory(values.data)
  const { sharedDir } = directory
  if (installedSage(sharedDir) !== undefined) {
    process.stdout.write('SageMath is installed already.\n')
    return 0
  }
  if (!values.yes && !(await confirm(sharedDir))) return 1
  prepareDataDirectory(directory)
  const stop = new AbortController()
  process.once('SIGINT', () => stop.abort())
  const start = performance.now()
  const python = await installSage({
    sharedDir,
    python: values.python,
    signal: stop.signal,
    onProgress: (message) => process.stdout.write(`  ${message}\n`),
  })
  const message = 'SageMath'
  new PythonStateFile(sharedDir).write({
    state: 'ready',
    step: 'ready',
    message,
    python,
    mode: 'sage',
  })
  const seconds = Math.round((performance.now() - start) / 1000)
  process.stdout.write(
    `SageMath is installed, ${seconds} s. Worksheets use it when they restart.\n`,
  )
  return 0
}

async function confirm(sharedDir: string): Promise<boolean> {
  if (!process.stdin.isTTY) {
    process.stderr.write('Nobody is here to ask: add --yes to download 1.3 GB (4.4 GB on disk).\n')
    return false
  }
  const terminal = createInterface({ input: process.stdin, output: process.stdout })
  const question = `Download 1.3 GB (4.4 GB on disk) into ${sharedDir}/sage? [y/N] `
  const answer = await terminal.question(question)
  terminal.close()
  return /^y(es)?$/i.test(answer.trim())
}

import { parseArgs } from 'node:util'

import { Failure } from '../failure.ts'
import { chooseDataDirectory } from './data-directory.ts'
import type { DataDirectory } from './data-directory.ts'
import { DEFAULT_PORT } from './ports.ts'

/** What `salvus start` was asked for. */
export interface StartOptions extends DataDirectory {
  readonly host: string
  readonly port: number
  /** Begins and ends with `/`. */
  readonly basePath: string
  readonly python: string | undefined
  readonly verbose: boolean
}

/** Undefined where help was asked for. */
export function parseStartOptions(args: readonly string[]): StartOptions | undefined {
  const { values } = parseArgs({
    args: [...args],
    options: {
      data: { type: 'string' },
      host: { type: 'string', default: '127.0.0.1' },
      port: { type: 'string', default: String(DEFAULT_PORT) },
      'base-path': { type: 'string', default: '/' },
      python: { type: 'string' },
      verbose: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  })
  if (values.help) return undefined
  const port = Number(values.port)
  if (!/^\d+$/.test(values.port) || port > 65_535) {
    throw new Failure(`--port "${values.port}" is no port.`, 'Give a number from 0 to 65535.')
  }
  return {
    ...chooseDataDirectory(values.data),
    host: values.host,
    port,
    basePath: parseBasePath(values['base-path']),
    python: values.python,
    verbose: values.verbose,
  }
}

function parseBasePath(given: string): string {
  const path = `/${given}/`.replaceAll(/\/+/g, '/')
  if (/^\/([A-Za-z0-9._~-]+\/)*$/.test(path) && !/\/\.{1,2}\//.test(path)) return path
  throw new Failure(
    `--base-path "${given}" is no path of a URL.`,
    'Use letters, digits and - . _ ~ between slashes, such as --base-path /salvus/',
  )
}

export const START_USAGE = `Usage: npm start -- [OPTION ...]

  --port N          port of the pages, ${DEFAULT_PORT} unless given; 0 takes a free one
  --host H          address to listen on, 127.0.0.1 unless given (only this machine)
  --base-path /p/   where the pages are below the host, / unless given
  --data DIR        where accounts, projects and logs are kept, ./data unless given
  --python PATH     the Python that the environment of worksheets is made with
                    (one that has its packages already: SALVUS_WORKSHEET_PYTHON=PATH npm start)
  --verbose         shows the servers' whole logs here
`

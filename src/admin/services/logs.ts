import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { join } from 'node:path'

import type { Manifest } from '../configure/manifest.ts'
import { Failure } from '../failure.ts'

/** Shows the end of the logs of a host's services, and what comes, with the name of each file. */
export async function showLogs(
  manifest: Manifest,
  options: {
    readonly service: string | undefined
    readonly lines: number
    readonly follow: boolean
  },
): Promise<number> {
  const ids = manifest.services.map(({ id }) => id)
  if (options.service !== undefined && !ids.includes(options.service)) {
    throw new Failure(
      `${manifest.host} has no service "${options.service}".`,
      `It has ${ids.join(', ')}.`,
    )
  }
  const chosen = options.service === undefined ? ids : [options.service]
  const files = chosen.map((id) => join(manifest.data, 'logs', `${id}.log`)).filter(existsSync)
  if (files.length === 0) {
    throw new Failure(`There is no log in ${manifest.data}/logs yet.`, 'Start the services first.')
  }
  // By name, since a log that has grown too long is put aside and begun anew.
  const args = [
    '--lines',
    String(options.lines),
    ...(options.follow ? ['--follow=name', '--retry'] : []),
  ]
  const child = spawn('tail', [...args, ...files], { stdio: 'inherit' })
  const [code] = (await once(child, 'exit')) as [number | null]
  return code ?? 1
}

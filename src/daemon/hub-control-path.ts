import { createHash } from 'node:crypto'
import { join } from 'node:path'

/** Where a hub listens for `salvus project`. The name is short: the paths of sockets may not be long. */
export function hubControlPath(dataDir: string, hubId: string): string {
  const name = createHash('sha256').update(hubId).digest('hex').slice(0, 8)
  return join(dataDir, 'control', `${name}.sock`)
}

import { readFileSync } from 'node:fs'
import { rename, writeFile } from 'node:fs/promises'
import { z } from 'zod'

import { documentDurability } from '../../messages/documents.ts'
import { projectId } from '../../messages/ids.ts'

const secret = z.string().regex(/^[0-9a-f]{64}$/)

/**
 * `run/<project>/launcher.json`, mode 0600: what a launcher is started with, and what a project server that was
 * restarted finds it by. Written once for each start of the project.
 */
export const launcherFile = z.object({
  projectId,
  epoch: z.int().min(0),
  dataDir: z.string(),
  /** Home of the project's user. */
  projectDir: z.string(),
  /** Of the project's user: the sockets of its processes. */
  socketDir: z.string(),
  /** Of the project's user: /tmp, where it is one of its own. */
  temporaryDir: z.string(),
  logFile: z.string(),
  runtimeDir: z.string(),
  node: z.string(),
  pythonStateFile: z.string().optional(),
  documentDurability: documentDurability.default('process'),
  isolation: z.discriminatedUnion('kind', [
    z.object({ kind: z.literal('unix_user'), uid: z.int().min(1), setpriv: z.string().optional() }),
    z.object({ kind: z.literal('bubblewrap'), bwrap: z.string() }),
    z.object({ kind: z.literal('none') }),
  ]),
  /** Times of the machine's clock: a launcher that comes too late starts nothing. Absent where hosts need no lease. */
  lease: z.object({ freezeMs: z.number(), endMs: z.number() }).optional(),
  /** The launcher's own, for the project server. */
  control: z.object({ address: z.string(), secret }),
  /** The local hub's, for hubs. */
  localHub: z.object({ address: z.string(), secret }),
})
export type LauncherFile = z.infer<typeof launcherFile>

export async function writeLauncherFile(path: string, file: LauncherFile): Promise<void> {
  const beside = `${path}.new`
  await writeFile(beside, JSON.stringify(file), { mode: 0o600 })
  await rename(beside, path)
}

export function readLauncherFile(path: string): LauncherFile {
  return launcherFile.parse(JSON.parse(readFileSync(path, 'utf8')))
}

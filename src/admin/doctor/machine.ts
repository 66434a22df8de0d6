import { existsSync, readFileSync } from 'node:fs'
import { statfs } from 'node:fs/promises'
import { dirname } from 'node:path'

import type { Manifest } from '../configure/manifest.ts'
import type { Finding } from './finding.ts'
import { warning, well, wrong } from './finding.ts'

const BYTES_PER_GB = 1024 ** 3
/** Below, a log or a compaction of Cassandra may fill the rest within hours. */
const FREE_SHARE_MIN = 0.1
/** Below, documents soon can't be saved. */
const FREE_GB_MIN = 1
/** Two for each of haproxy's 20,000 connections, and some. */
const OPEN_FILES_MIN = 41_000

/** Whether there is room on the disk of a host's data. */
export async function checkDisk({ data }: Manifest): Promise<Finding> {
  const folder = existingFolder(data)
  const { bavail, blocks, bsize, ffree, files } = await statfs(folder)
  const freeGb = (bavail * bsize) / BYTES_PER_GB
  const what = `${freeGb.toFixed(1)} GB are free in ${folder}`
  const remedy = `du -xsh ${folder}/* | sort -h`
  if (freeGb < FREE_GB_MIN || (files > 0 && ffree === 0)) return wrong(what, remedy)
  if (bavail / blocks < FREE_SHARE_MIN) return warning(`${what}, less than a tenth`, remedy)
  return well(what)
}

/** Whether this host's processes may open as many files as haproxy has connections. */
export function checkOpenFiles({ services }: Manifest): Finding | undefined {
  if (!services.some(({ kind }) => kind === 'haproxy')) return undefined
  const limits = readFileSync('/proc/self/limits', 'utf8')
  const hard = /^Max open files\s+\d+\s+(\d+)/m.exec(limits)?.[1]
  const allowed = hard === undefined ? Number.POSITIVE_INFINITY : Number(hard)
  if (allowed >= OPEN_FILES_MIN) return well(`haproxy may open ${allowed} files`)
  return warning(
    `a process may open ${allowed} files, of which each connection through haproxy takes two`,
    'Our units of systemd raise it; without them: ulimit -n 100000 before salvus start',
  )
}

/** The nearest folder that is there. */
function existingFolder(path: string): string {
  return existsSync(path) ? path : existingFolder(dirname(path))
}

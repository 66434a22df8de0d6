import { join } from 'node:path'

import type { ProjectId } from '../../messages/ids.ts'
import { CodedError } from '../../util/coded-error.ts'

/** What the kernel takes as the path of a Unix socket, without its closing zero. */
const SOCKET_PATH_BYTES_MAX = 107

/** Where the things of a project are. `run/` holds what lives no longer than its processes. */
export interface ProjectPaths {
  /** Its files; the home of its user. */
  readonly projectDir: string
  readonly runDir: string
  readonly launcherFile: string
  readonly launcherSocket: string
  /** Of its user. */
  readonly socketDir: string
  readonly localHubSocket: string
  /** Of its user. */
  readonly temporaryDir: string
  /** What its launcher, its local hub and its servers say; kept when it stops. */
  readonly logFile: string
}

export function projectPaths(dataDir: string, projectId: ProjectId): ProjectPaths {
  const runDir = join(dataDir, 'run', projectId)
  const socketDir = join(runDir, 'u')
  return {
    projectDir: join(dataDir, 'projects', projectId),
    runDir,
    launcherFile: join(runDir, 'launcher.json'),
    launcherSocket: join(runDir, 'launcher.sock'),
    socketDir,
    localHubSocket: join(socketDir, 'hub.sock'),
    temporaryDir: join(runDir, 'tmp'),
    logFile: join(dataDir, 'logs', 'projects', `${projectId}.log`),
  }
}

/** @throws CodedError `bad_configuration` where the sockets of projects would have longer paths than the kernel takes */
export function checkDataDirLength(dataDir: string): void {
  const longest = join(dataDir, 'run', '0'.repeat(36), 'u', 'console.sock')
  const excess = Buffer.byteLength(longest) - SOCKET_PATH_BYTES_MAX
  if (excess <= 0) return
  throw new CodedError(
    'bad_configuration',
    `the path of the data directory, ${dataDir}, is ${excess} bytes too long for the sockets in it: choose a shorter one`,
  )
}

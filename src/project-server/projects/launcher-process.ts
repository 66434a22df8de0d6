import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'
import { join } from 'node:path'

import { awaitSocket } from '../../daemon/links/await-socket.ts'
import { createLinkPeer } from '../../daemon/links/link-peer.ts'
import type { LinkPeer } from '../../daemon/links/link-peer.ts'
import type { Link } from '../../daemon/links/link.ts'
import { openLink } from '../../daemon/links/open-link.ts'
import type { Logger } from '../../daemon/logging.ts'
import type { ErrorCode } from '../../messages/errors.ts'
import { launcherToProjectServerNotices, projectServerToLauncher } from '../../messages/launcher.ts'
import { CodedError } from '../../util/coded-error.ts'
import type { LauncherFile } from '../launcher/launcher-file.ts'

/** Node starts in 50 ms here; a machine that swaps takes its time. */
const LAUNCHER_START_MS = 15_000

export interface LauncherWatch {
  readonly logger: Logger
  /** Told once at each link, and at each change. */
  readonly onFrozen: (frozen: boolean) => void
}

/** A launcher that this project server is linked with. */
export interface RunningLauncher {
  readonly file: LauncherFile
  readonly link: Link
  readonly peer: LinkPeer<typeof projectServerToLauncher>
}

/**
 * Starts a launcher that outlives this process. `check` is called at the last moment, and throws where it must not.
 * @throws CodedError `project_start_failed`
 */
export async function startLauncher(
  path: string,
  file: LauncherFile,
  watch: LauncherWatch,
  check: () => void,
): Promise<RunningLauncher> {
  check()
  const child = spawnLauncher(path, file)
  const ended = new Promise<never>((_resolve, reject) => {
    child.once('error', (error) => reject(failed(error.message)))
    child.once('exit', (code, signal) => reject(failed(`it ended with ${signal ?? String(code)}`)))
  })
  // Where it ends later, the link tells.
  ended.catch(() => undefined)
  const waiting = new AbortController()
  const socket = file.control.address.slice('unix:'.length)
  const listens = awaitSocket(socket, LAUNCHER_START_MS, waiting.signal)
  listens.catch(() => undefined)
  try {
    await Promise.race([listens, ended])
    return await linkLauncher(file, watch)
  } catch (error) {
    // None may live on that nobody knows of.
    child.kill('SIGKILL')
    throw error
  } finally {
    waiting.abort()
  }
}

function spawnLauncher(path: string, file: LauncherFile): ChildProcess {
  const log = openSync(file.logFile, 'a', 0o600)
  try {
    const program = join(file.runtimeDir, 'launcher.js')
    const child = spawn(file.node, ['--enable-source-maps', program, path], {
      cwd: '/',
      env: { PATH: process.env['PATH'] ?? '/usr/bin:/bin' },
      stdio: ['ignore', log, log],
      detached: true,
    })
    child.unref()
    return child
  } finally {
    closeSync(log)
  }
}

/** Links with a launcher that runs. @throws CodedError `unavailable`, `forbidden` where it is not there */
export async function linkLauncher(
  file: LauncherFile,
  watch: LauncherWatch,
): Promise<RunningLauncher> {
  const { control, projectId, epoch } = file
  let peer: LinkPeer<typeof projectServerToLauncher> | undefined
  const identity = { subject: projectId, hubId: 'project server', epoch, secret: control.secret }
  const link = await openLink(control.address, identity, (opened) => {
    const made = createLinkPeer({
      link: opened,
      logger: watch.logger,
      asked: {},
      handlers: {},
      asks: projectServerToLauncher,
      notices: launcherToProjectServerNotices,
      noticeHandlers: { frozen: ({ frozen }) => watch.onFrozen(frozen) },
    })
    peer = made
    opened.onFrame = (frame) => made.receive(frame.payload)
  })
  if (peer === undefined) throw new Error('bug: the link was not opened')
  return { file, link, peer }
}

function failed(why: string): CodedError<ErrorCode> {
  return new CodedError<ErrorCode>('project_start_failed', `the project's launcher: ${why}`)
}

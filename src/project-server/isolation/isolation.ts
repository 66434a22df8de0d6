import { execFile } from 'node:child_process'
import { access, constants } from 'node:fs/promises'
import { promisify } from 'node:util'

import type { Isolation } from '../../messages/admin.ts'
import { CodedError } from '../../util/coded-error.ts'

/** A tool that hangs is as good as one that is not there. */
const PROBE_MS = 5_000

export interface IsolationChoice {
  readonly isolation: Isolation
  /** For the admin's page: why, and how to better it. */
  readonly reason: string
  /** Where programs for it are. */
  readonly tools: IsolationTools
}

export interface IsolationTools {
  readonly setpriv: string | undefined
  readonly bwrap: string | undefined
}

/**
 * The strongest isolation that works on this host, or the one that is asked for.
 * @throws CodedError `bad_configuration` where that does not work here
 */
export async function chooseIsolation(asked: Isolation | 'auto'): Promise<IsolationChoice> {
  const root = process.getuid?.() === 0
  const tools = { setpriv: await findTool('setpriv'), bwrap: await findTool('bwrap') }
  const bubblewrap =
    tools.bwrap !== undefined &&
    (await works(tools.bwrap, [
      '--unshare-pid',
      '--ro-bind',
      '/',
      '/',
      '--proc',
      '/proc',
      '--dev',
      '/dev',
      'true',
    ]))
  const best: Isolation = root ? 'unix_user' : bubblewrap ? 'bubblewrap' : 'none'
  const isolation = asked === 'auto' ? best : asked
  if (isolation === 'unix_user' && !root) {
    throw new CodedError(
      'bad_configuration',
      'isolation unix_user takes a project server started as root',
    )
  }
  if (isolation === 'bubblewrap' && !bubblewrap) {
    throw new CodedError(
      'bad_configuration',
      'isolation bubblewrap: bwrap is not installed, or may not make namespaces',
    )
  }
  return {
    isolation,
    reason: reasonOf(isolation, { root, installed: tools.bwrap !== undefined }),
    tools,
  }
}

function reasonOf(isolation: Isolation, found: { root: boolean; installed: boolean }): string {
  switch (isolation) {
    case 'unix_user':
      return 'Each project runs under a user id of its own, because Salvus was started as root.'
    case 'bubblewrap':
      return 'Each project runs in namespaces of its own (bubblewrap) that show it no other project. Started as root, projects would have user ids of their own as well.'
    case 'none': {
      const missing = found.installed
        ? 'bubblewrap is installed but may not make namespaces here (see sysctl kernel.unprivileged_userns_clone)'
        : 'bubblewrap is not installed (apt install bubblewrap)'
      const why = found.root
        ? 'it is configured so'
        : `Salvus was not started as root, and ${missing}`
      return `Nothing keeps projects apart: ${why}. Whoever has a terminal can read everything of this user.`
    }
  }
}

async function findTool(name: string): Promise<string | undefined> {
  for (const folder of ['/usr/bin', '/bin', '/usr/local/bin', '/usr/sbin']) {
    try {
      await access(`${folder}/${name}`, constants.X_OK)
      return `${folder}/${name}`
    } catch {
      // Not in this folder: the next one.
      continue
    }
  }
  return undefined
}

async function works(program: string, args: readonly string[]): Promise<boolean> {
  return promisify(execFile)(program, args, { timeout: PROBE_MS }).then(
    () => true,
    () => false,
  )
}

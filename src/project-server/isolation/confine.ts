import { realpathSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname } from 'node:path'

import type { LauncherFile } from '../launcher/launcher-file.ts'

/** A program with what keeps it inside its project. */
export interface Confined {
  readonly program: string
  readonly args: readonly string[]
  /** Where no tool changes the user: done by the one who spawns. */
  readonly uid?: number
  readonly gid?: number
}

/**
 * Wraps a command of a project: it runs as the project's user without a way to other rights, or sees nothing but
 * the system and the project's own folders. `readable`: further paths that the command needs.
 */
export function confine(
  file: LauncherFile,
  command: readonly string[],
  readable: readonly string[],
): Confined {
  const { isolation } = file
  if (isolation.kind === 'unix_user') return asUser(isolation, command)
  if (isolation.kind === 'bubblewrap') return inNamespaces(file, isolation.bwrap, command, readable)
  return { program: command[0] ?? '', args: command.slice(1) }
}

function asUser(
  { uid, setpriv }: { uid: number; setpriv?: string | undefined },
  command: readonly string[],
): Confined {
  if (setpriv === undefined) {
    // Node clears the groups when it changes the user.
    return { program: command[0] ?? '', args: command.slice(1), uid, gid: uid }
  }
  const rights = [
    `--reuid=${uid}`,
    `--regid=${uid}`,
    '--clear-groups',
    '--no-new-privs',
    '--inh-caps=-all',
  ]
  return { program: setpriv, args: [...rights, '--', ...command] }
}

function inNamespaces(
  file: LauncherFile,
  bwrap: string,
  command: readonly string[],
  readable: readonly string[],
): Confined {
  const hidden = [file.dataDir, homedir(), '/run'].filter((path) => path !== '/')
  const needed = [file.runtimeDir, file.node, ...readable].flatMap((path) => [
    path,
    realPrefix(path),
  ])
  const args = [
    ...['--die-with-parent', '--unshare-pid', '--unshare-ipc', '--unshare-uts'],
    ...[
      '--ro-bind',
      '/',
      '/',
      '--dev',
      '/dev',
      '--proc',
      '/proc',
      '--bind',
      file.temporaryDir,
      '/tmp',
    ],
    ...hidden.flatMap((path) => ['--tmpfs', path]),
    ...needed
      .filter((path) => isBelow(path, [...hidden, '/tmp']))
      .flatMap((path) => ['--ro-bind', path, path]),
    ...['--bind', file.projectDir, file.projectDir, '--bind', file.socketDir, file.socketDir],
    ...['--chdir', file.projectDir, '--', ...command],
  ]
  return { program: bwrap, args }
}

/** Of a program: the folder above its `bin`, with its libraries, where the links lead. */
function realPrefix(path: string): string {
  const real = realpathSync(path)
  return /\/bin\/[^/]+$/.test(real) ? dirname(dirname(real)) : real
}

function isBelow(path: string, folders: readonly string[]): boolean {
  return folders.some((folder) => path === folder || path.startsWith(`${folder}/`))
}

import { join } from 'node:path'

import { API_VARIABLE, CLIENT_VARIABLE } from '../../messages/project-api.ts'
import type { LauncherFile } from './launcher-file.ts'

/** The whole environment of a project's processes: nothing of ours leaks into it. */
export function childEnvironment(file: LauncherFile): Record<string, string> {
  const { runtimeDir, socketDir } = file
  return {
    // The `salvus` of programs in the project comes first: the local hub puts it there.
    PATH: `${join(socketDir, 'bin')}:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin`,
    HOME: file.projectDir,
    // The user has no entry in /etc/passwd: programs that ask get these.
    USER: 'project',
    LOGNAME: 'project',
    SHELL: '/bin/bash',
    LANG: 'C.UTF-8',
    TZ: process.env['TZ'] ?? 'UTC',
    /** By this mark all processes of the project are found where they have no user of their own. */
    SALVUS_PROJECT: file.projectId,
    [API_VARIABLE]: apiSocket(file),
    [CLIENT_VARIABLE]: join(runtimeDir, 'salvus-client.js'),
    /** `import salvus_doc`. */
    PYTHONPATH: join(runtimeDir, 'sage-server'),
  }
}

/** Where the local hub answers programs; shorter than the sockets whose length is checked. */
export function apiSocket({ socketDir }: LauncherFile): string {
  return join(socketDir, 'api.sock')
}

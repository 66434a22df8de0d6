import type { LauncherFile } from './launcher-file.ts'

/** The whole environment of a project's processes: nothing of ours leaks into it. */
export function childEnvironment(file: LauncherFile): Record<string, string> {
  return {
    PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
    HOME: file.projectDir,
    // The user has no entry in /etc/passwd: programs that ask get these.
    USER: 'project',
    LOGNAME: 'project',
    SHELL: '/bin/bash',
    LANG: 'C.UTF-8',
    TZ: process.env['TZ'] ?? 'UTC',
    /** By this mark all processes of the project are found where they have no user of their own. */
    SALVUS_PROJECT: file.projectId,
  }
}

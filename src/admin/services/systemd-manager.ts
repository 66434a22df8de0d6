import { existsSync } from 'node:fs'

import { unitName } from '../configure/systemd.ts'
import type { Action } from './control.ts'

/** Whether systemd runs this machine and was given our units: then it is asked, and no supervisor of ours. */
export function isManagedBySystemd(): boolean {
  return existsSync('/run/systemd/system') && existsSync('/etc/systemd/system/salvus.target')
}

/** The command with which systemd does it; for all services where none is named. */
export function systemdCommand(
  what: Action | 'status' | 'logs',
  from: {
    readonly services: readonly string[]
    readonly service: string | undefined
    readonly follow: boolean
  },
): readonly string[] {
  const units = (from.service === undefined ? from.services : [from.service]).map(unitName)
  if (what === 'logs') {
    const named = units.flatMap((unit) => ['--unit', unit])
    return [
      'journalctl',
      ...named,
      ...(from.follow ? ['--follow'] : ['--lines', '200', '--no-pager']),
    ]
  }
  if (what === 'reload') return ['systemctl', 'reload-or-restart', ...units]
  if (what === 'status') return ['systemctl', 'status', '--no-pager', '--lines', '0', ...units]
  return ['systemctl', what, ...units]
}

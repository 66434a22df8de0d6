import { expect, test } from 'vitest'

import { systemdCommand } from '../../../../src/admin/services/systemd-manager.ts'

const from = (service: string | undefined, follow = false) => ({
  services: ['hub-1', 'nginx'],
  service,
  follow,
})

test('systemd is asked by its own commands, for one service or for all of a host', () => {
  const both = ['salvus-hub-1.service', 'salvus-nginx.service']
  expect(systemdCommand('restart', from('hub-1'))).toEqual([
    'systemctl',
    'restart',
    'salvus-hub-1.service',
  ])
  expect(systemdCommand('stop', from(undefined))).toEqual(['systemctl', 'stop', ...both])
  expect(systemdCommand('reload', from('nginx'))).toEqual([
    'systemctl',
    'reload-or-restart',
    'salvus-nginx.service',
  ])
  expect(systemdCommand('status', from(undefined)).slice(-2)).toEqual(both)
  expect(systemdCommand('logs', from('nginx', true))).toEqual([
    'journalctl',
    '--unit',
    'salvus-nginx.service',
    '--follow',
  ])
})

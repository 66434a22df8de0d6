import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

import { expect, onTestFinished, test } from 'vitest'

import { silentLogger } from '../../../src/daemon/logging.ts'
import { systemdNotifier } from '../../../src/daemon/systemd-notify.ts'
import { programOnPath } from '../../support/programs.ts'
import { temporaryDirectory } from '../../support/temporary-directory.ts'
import { until } from '../../support/until.ts'

/** Listens as systemd does and prints what it is told, a line each. */
const LISTENER = `
import socket, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind(sys.argv[1])
print("listening", flush=True)
while True:
    text = s.recvfrom(4096)[0].decode()
    for line in text.split("\\n"):
        if "=" in line: print(line, flush=True)
`

const canRun =
  programOnPath('systemd-notify') !== undefined && programOnPath('python3') !== undefined

test.skipIf(!canRun)(
  'systemd is told that a process serves, again and again that it lives, and that it stops',
  async () => {
    const socket = join(await temporaryDirectory(), 'notify')
    const listener = spawn('python3', ['-c', LISTENER, socket], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    onTestFinished(() => void listener.kill())
    const heard: string[] = []
    createInterface({ input: listener.stdout }).on('line', (line) => heard.push(line))
    const untilHeard = (line: string): Promise<unknown> =>
      until(
        line,
        async () => heard,
        (all) => all.includes(line),
      )
    await untilHeard('listening')
    using notifier = systemdNotifier(
      {
        ...process.env,
        NOTIFY_SOCKET: socket,
        WATCHDOG_USEC: '100000',
        WATCHDOG_PID: String(process.pid),
      },
      silentLogger(),
    )
    notifier.serving()
    await untilHeard('READY=1')
    await untilHeard('WATCHDOG=1')
    notifier.stopping()
    await untilHeard('STOPPING=1')
  },
)

test('a process that systemd has not started tells nobody', () => {
  const notifier = systemdNotifier({ PATH: '/nonexistent' }, silentLogger())
  expect(() => {
    notifier.serving()
    notifier.stopping()
    notifier[Symbol.dispose]()
  }).not.toThrow()
})

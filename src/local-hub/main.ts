import { readFileSync } from 'node:fs'

import { configureProcess, runProcess } from '../daemon/life-cycle.ts'
import { createLogger } from '../daemon/logging.ts'
import { LOCAL_HUB_SETTINGS } from './configuration.ts'
import { createLauncherClient } from './link/launcher-client.ts'
import { startLocalHub } from './local-hub.ts'

/** The launcher waits 4 s: what people typed is written by then. */
const STOP_MS = 3_500
const STDIN = 0

/** The local hub of one project, as the project's user. Its secret comes on stdin. */
async function main(): Promise<void> {
  const settings = configureProcess('local-hub', LOCAL_HUB_SETTINGS)
  const logger = createLogger({ name: 'local-hub', level: settings.logLevel }).child({
    projectId: settings.projectId,
  })
  const secret = readFileSync(STDIN, 'utf8').trim()
  const launcher = createLauncherClient()
  await runProcess({
    logger,
    drainMs: 0,
    stopMs: STOP_MS,
    run: async (scope) => {
      await startLocalHub({ settings, secret, launcher, logger }, scope)
      launcher.ready()
    },
  })
}

await main()

import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { createHash } from 'node:crypto'

import { configureProcess, runProcess } from '../daemon/life-cycle.ts'
import { createLogger } from '../daemon/logging.ts'
import { HUB_SETTINGS } from './configuration/settings.ts'
import { startHub } from './hub.ts'

/** What draining takes beyond the time that people get. */
const DRAIN_MARGIN_MS = 1_000

/** A hub: `hub.js --config FILE`. Tells its supervisor `{event: 'ready', url, port, setUpUrl?}` when it serves. */
async function main(): Promise<void> {
  const settings = configureProcess('hub', HUB_SETTINGS)
  const logger = createLogger({ name: 'hub', level: settings.logLevel })
  await runProcess({
    logger,
    drainMs: settings.drainSeconds * 1000 + DRAIN_MARGIN_MS,
    run: async (scope) => {
      const hub = await startHub(
        {
          settings,
          databaseWorker: new URL('./database-worker.js', import.meta.url),
          build: buildOf(fileURLToPath(import.meta.url)),
          logger,
        },
        scope,
      )
      const { url, port, setUpUrl } = hub
      process.send?.({ event: 'ready', url, port, ...(setUpUrl === undefined ? {} : { setUpUrl }) })
      return { drain: () => hub.drain() }
    },
  })
}

/** Names this build: pages of another one offer to reload. */
function buildOf(file: string): string {
  return createHash('sha256').update(readFileSync(file)).digest('hex').slice(0, 12)
}

await main()

import { configureProcess, runProcess } from '../daemon/life-cycle.ts'
import { createLogger } from '../daemon/logging.ts'
import { PROJECT_SERVER_SETTINGS } from './configuration.ts'
import { ProjectServer } from './project-server.ts'

/** Projects that end with the project server get their time to save. */
const STOP_MS = 22_000

/** The project server of one compute host. */
async function main(): Promise<void> {
  const settings = configureProcess('project-server', PROJECT_SERVER_SETTINGS)
  const logger = createLogger({ name: 'project-server', level: settings.logLevel })
  await runProcess({
    logger,
    stopMs: STOP_MS,
    run: async (scope) => {
      const server = await ProjectServer.start(settings, logger)
      scope.defer(() => server[Symbol.asyncDispose]())
    },
  })
}

await main()

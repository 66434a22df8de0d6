import { runProcess, stopProcess } from '../../daemon/life-cycle.ts'
import { createLogger } from '../../daemon/logging.ts'
import { Launcher } from './launcher.ts'
import { readLauncherFile } from './launcher-file.ts'

/** All children of a project and their descendants are ended within this. */
const STOP_MS = 20_000

/** The launcher of one project: `launcher FILE`. Started detached by the project server, which it outlives. */
async function main(): Promise<void> {
  const [path] = process.argv.slice(2)
  if (path === undefined) {
    process.stderr.write('usage: launcher FILE\n')
    process.exit(2)
  }
  const file = readLauncherFile(path)
  const logger = createLogger({ name: 'launcher', file: file.logFile }).child({
    projectId: file.projectId,
  })
  await runProcess({
    logger,
    stopMs: STOP_MS,
    run: async (scope) => {
      const launcher = await Launcher.start({ file, logger, onStopped: stopProcess })
      scope.defer(() => launcher[Symbol.asyncDispose]())
    },
  })
}

await main()

import { dirname } from 'node:path'

import { shellArguments } from './shell-command.ts'
import { shellEnvironment } from './shell-environment.ts'
import { ConsoleServer } from './console-server.ts'

/**
 * The console server of one project: `console-server SOCKET PROJECT_DIR`. Runs as the project's user, started and
 * ended by the project's launcher. Tells the launcher over IPC when it listens.
 */
async function main(): Promise<void> {
  const [socketPath, projectDir] = process.argv.slice(2)
  if (socketPath === undefined || projectDir === undefined) {
    process.stderr.write('usage: console-server SOCKET PROJECT_DIR\n')
    process.exitCode = 2
    return
  }
  const shell = process.env['SHELL'] ?? '/bin/bash'
  const server = await ConsoleServer.listen({
    socketPath,
    projectDir,
    shell,
    shellArguments: shellArguments(shell, dirname(socketPath)),
    environment: shellEnvironment(process.env),
    onError: (error) =>
      process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`),
  })
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.once(signal, () => void server[Symbol.asyncDispose]().finally(() => process.exit(0)))
  }
  process.send?.({ event: 'ready' })
}

await main()

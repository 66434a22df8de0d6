import { accountCommand } from './account.ts'
import { configureCommand } from './configure/configure.ts'
import { explain } from './failure.ts'
import { sageCommand } from './sage.ts'
import { startCommand } from './start/start.ts'
import { statusCommand } from './status.ts'
import { stopCommand } from './stop.ts'

/** A subcommand of `salvus`: takes the arguments behind its name, resolves to the exit code. */
type Command = (args: readonly string[]) => Promise<number>

const COMMANDS: Readonly<Record<string, Command>> = {
  start: startCommand,
  stop: stopCommand,
  status: statusCommand,
  account: accountCommand,
  sage: sageCommand,
  configure: configureCommand,
}

async function main(): Promise<void> {
  const [name = '', ...args] = process.argv.slice(2)
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined
  if (command === undefined) {
    process.stderr.write(USAGE)
    process.exitCode = ['', 'help', '--help', '-h'].includes(name) ? 0 : 2
    return
  }
  try {
    process.exitCode = await command(args)
  } catch (error) {
    process.stderr.write(explain(error))
    process.exitCode = 1
  }
}

const USAGE = `Usage: salvus COMMAND

  start [--port N] [--data DIR] [--base-path /p/] [--host H] [--python PATH]
                        starts Salvus on this machine, in the foreground (npm start)
  status [--data DIR]   says whether it runs, and where
  stop [--data DIR]     stops it
  account reset EMAIL   prints a link with which a person sets a new password
  configure --conf DIR  writes the files of all services of an installation
  sage install          adds SageMath for worksheets (1.3 GB to download, 4.4 GB on disk)

Each takes --help.
`

await main()

import { accountCommand } from './account.ts'
import { configureCommand } from './configure/configure.ts'
import { databaseCommand } from './database.ts'
import { doctorCommand } from './doctor/doctor.ts'
import { explain } from './failure.ts'
import { sageCommand } from './sage.ts'
import { projectCommand } from './project.ts'
import { schemaCommand } from './schema.ts'
import { isAboutServices, servicesCommand } from './services/command.ts'
import type { ServicesCommand } from './services/command.ts'
import { startCommand } from './start/start.ts'
import { statusCommand } from './status.ts'
import { stopCommand } from './stop.ts'

/** A subcommand of `salvus`: takes the arguments behind its name, resolves to the exit code. */
type Command = (args: readonly string[]) => Promise<number>

const COMMANDS: Readonly<Record<string, Command>> = {
  start: forServices('start', startCommand),
  stop: forServices('stop', stopCommand),
  status: forServices('status', statusCommand),
  restart: forServices('restart'),
  reload: forServices('reload'),
  logs: forServices('logs'),
  prepare: forServices('prepare'),
  account: accountCommand,
  project: projectCommand,
  sage: sageCommand,
  schema: schemaCommand,
  database: databaseCommand,
  configure: configureCommand,
  doctor: doctorCommand,
}

/** A command for the services of an installation, or, where nothing names one, for `npm start` of this machine. */
function forServices(what: ServicesCommand, otherwise?: Command): Command {
  return (args) =>
    otherwise === undefined || isAboutServices(args) ? servicesCommand(what, args) : otherwise(args)
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
  project hosts|move|claim
                        says which hosts run projects; moves one, or takes it from a dead host
  start|stop|restart|reload|status|logs [SERVICE] --conf DIR [--on HOST]
                        the same for the services of a larger installation
  configure --conf DIR  writes the files of all services of an installation
  doctor --conf DIR     says how this machine differs from what it should be, and what to do
  schema apply|status --config FILE
                        makes the tables in Cassandra, or says which are there
  database copy --from DATABASE --to DATABASE
                        moves an installation from SQLite to Cassandra, or back
  sage install          adds SageMath for worksheets (1.3 GB to download, 4.4 GB on disk)

Each takes --help.
`

await main()

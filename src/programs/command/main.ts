import { CodedError, codeOf } from '../../util/coded-error.ts'
import { docCommand } from './doc.ts'
import { EXIT_CODES, UsageError, USAGE } from './usage.ts'

/** The command `salvus` of terminals and programs inside a project. */
async function main(): Promise<void> {
  // Who reads what is put out may have had enough.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    process.exit(error.code === 'EPIPE' ? 0 : EXIT_CODES.refused)
  })
  const [name = '', ...args] = process.argv.slice(2)
  try {
    if (name === 'doc') return await docCommand(args)
    if (!['help', '--help', '-h'].includes(name)) {
      throw new UsageError(name === '' ? 'say what to do' : `there is no command "${name}"`)
    }
    process.stdout.write(USAGE)
  } catch (error) {
    fail(error)
  }
}

function fail(error: unknown): void {
  const message = error instanceof Error ? error.message : String(error)
  if (error instanceof UsageError) {
    process.stderr.write(`salvus: ${message}; see salvus doc --help\n`)
    process.exitCode = EXIT_CODES.usage
    return
  }
  const code = codeOf(error)
  process.stderr.write(`salvus: ${code === undefined ? '' : `${code}: `}${message}\n`)
  const isUnknown = code === 'unavailable' || code === 'deadline'
  if (error instanceof CodedError && code === 'conflict') process.exitCode = EXIT_CODES.conflict
  else process.exitCode = isUnknown ? EXIT_CODES.unavailable : EXIT_CODES.refused
}

await main()

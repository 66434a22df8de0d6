import { parseArgs } from 'node:util'

const USAGE = `Usage: salvus account reset EMAIL [--data DIR]

Prints a link with which the person sets a new password: once, within 30 minutes.
`

/** `salvus account reset EMAIL`. */
export async function accountCommand(args: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: { data: { type: 'string' }, help: { type: 'boolean', short: 'h', default: false } },
  })
  const [what, email] = positionals
  if (values.help || what !== 'reset' || email === undefined || positionals.length !== 2) {
    process.stdout.write(USAGE)
    return values.help ? 0 : 2
  }
  return 1
}

import { parseArgs } from 'node:util'

import { askStatus } from './control-socket.ts'
import { chooseDataDirectory } from './start/data-directory.ts'

/** `salvus status`: exit code 0 while it runs, 3 when it does not (as systemd has it). */
export async function statusCommand(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({ args: [...args], options: { data: { type: 'string' } } })
  const { dataDir, sharedDir } = chooseDataDirectory(values.data)
  const status = await askStatus(sharedDir)
  if (status === undefined) {
    process.stdout.write(`Salvus does not run on ${dataDir}.\n`)
    return 3
  }
  const since = new Date(status.sinceMs).toLocaleString('sv')
  process.stdout.write(`Salvus runs at ${status.url ?? '(starting)'} since ${since}\n`)
  process.stdout.write(`  data           ${dataDir}\n  supervisor     process ${status.pid}\n`)
  for (const [name, state] of Object.entries(status.processes)) {
    process.stdout.write(`  ${name.padEnd(14)} ${state}\n`)
  }
  return 0
}

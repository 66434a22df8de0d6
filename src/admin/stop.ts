import { once } from 'node:events'
import { parseArgs } from 'node:util'

import { connectToControl } from './control-socket.ts'
import { Failure } from './failure.ts'
import { chooseDataDirectory } from './start/data-directory.ts'

/** Projects get time to save and end. */
const STOP_TIMEOUT_MS = 60_000

/** `salvus stop`: resolves when everything has stopped. */
export async function stopCommand(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({ args: [...args], options: { data: { type: 'string' } } })
  const { dataDir, sharedDir } = chooseDataDirectory(values.data)
  const socket = await connectToControl(sharedDir)
  if (socket === undefined) {
    process.stdout.write(`Salvus does not run on ${dataDir}.\n`)
    return 0
  }
  socket.resume()
  socket.write('{"ask":"stop"}\n')
  try {
    await once(socket, 'close', { signal: AbortSignal.timeout(STOP_TIMEOUT_MS) })
  } catch (error) {
    socket.destroy()
    throw new Failure(
      `Salvus has not stopped within ${STOP_TIMEOUT_MS / 1000} s.`,
      `See ${dataDir}/logs, or press Ctrl-C twice where it runs.`,
      { cause: error },
    )
  }
  process.stdout.write('Stopped.\n')
  return 0
}

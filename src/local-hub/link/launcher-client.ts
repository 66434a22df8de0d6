import { localHubToLauncher } from '../../messages/launcher.ts'
import type { LauncherService } from '../../messages/launcher.ts'
import type { ErrorCode } from '../../messages/errors.ts'
import { parseJson } from '../../messages/parse-json.ts'
import { PendingRequests } from '../../messages/pending-requests.ts'
import { CodedError } from '../../util/coded-error.ts'

/** What the local hub asks of the launcher that started it, over the channel that it was started with. */
export interface LauncherClient {
  /** Starts the service where it does not run; answers the path of its socket. @throws CodedError `unavailable` */
  ensure(service: LauncherService): Promise<string>
  ready(): void
}

/** Sage imports for seconds on a cold disk. */
const ENSURE_MS = 30_000

export function createLauncherClient(): LauncherClient {
  const send = (json: string): void => {
    if (process.connected) process.send?.(json)
  }
  const pending = new PendingRequests(localHubToLauncher, send)
  process.on('message', (message) => {
    if (typeof message === 'string') pending.take(parseJson(message))
  })
  return {
    async ensure(service) {
      if (process.send === undefined) {
        throw new CodedError<ErrorCode>('unavailable', 'this local hub was started by no launcher')
      }
      const { socket } = await pending.request('ensure_service', { service }, ENSURE_MS)
      return socket
    },
    ready: () => send(JSON.stringify({ event: 'ready' })),
  }
}

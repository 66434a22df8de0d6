import { clientToLocalHub } from '../../messages/client-to-local-hub.ts'
import { decodeChannelBody } from '../../messages/frames.ts'
import { LINK_TEXT } from '../../messages/hub-local-hub.ts'
import type { ErrorCode } from '../../messages/errors.ts'
import { localHubToClient } from '../../messages/local-hub-to-client.ts'
import type { LocalHubToClient } from '../../messages/local-hub-to-client.ts'
import { parseJson } from '../../messages/parse-json.ts'
import { PendingRequests } from '../../messages/pending-requests.ts'
import { CodedError } from '../../util/coded-error.ts'
import type { OpenProjectAsHub, ProjectClient } from '../http/raw-files.ts'
import type { ProjectLinks } from './project-links.ts'

type Listener = Parameters<ProjectClient['listen']>[0]

/** The hub itself as a client of projects: one more on the link that it has with each. */
export function createOpenAsHub(links: ProjectLinks): OpenProjectAsHub {
  return async (projectId, as) => {
    const link = await links.open(projectId)
    const closed = new AbortController()
    let listener: Listener | undefined
    const client = link.join({
      ...as,
      hidden: true,
      receive: (_frame, kind, payload) => {
        if (kind !== LINK_TEXT) {
          const { channel, payload: chunk } = decodeChannelBody(payload)
          listener?.onChunk(channel, chunk)
          return
        }
        const { buffer, byteOffset, length } = payload
        const message = parseJson(Buffer.from(buffer, byteOffset, length).toString())
        if (!pending.take(message)) tell(listener, message)
      },
      onLost: (why) => end(why),
    })
    const pending = new PendingRequests(clientToLocalHub, (json) => void client.sendText(json))
    const end = (why: string): void => {
      if (closed.signal.aborted) return
      closed.abort()
      client.leave()
      links.release(link)
      pending.failAll(new CodedError<ErrorCode>('closed', why))
    }
    return {
      closed: closed.signal,
      request: (event, body) => pending.request(event, body),
      notify: (event, body) => void client.sendText(JSON.stringify({ ...body, event })),
      listen: (heard) => {
        listener = heard
      },
      [Symbol.asyncDispose]: async () => end('no longer needed'),
    }
  }
}

function tell(listener: Listener | undefined, message: unknown): void {
  if (typeof message !== 'object' || message === null || !('event' in message)) return
  const { event } = message
  if (typeof event !== 'string' || !isNotice(event)) return
  const parsed = localHubToClient[event].notice.safeParse(message)
  if (parsed.success) listener?.onNotice(event, parsed.data)
}

function isNotice(event: string): event is keyof LocalHubToClient & string {
  return Object.hasOwn(localHubToClient, event)
}

import { LinkServer } from '../../daemon/links/link-server.ts'
import { createLinkPeer } from '../../daemon/links/link-peer.ts'
import type { LinkPeer } from '../../daemon/links/link-peer.ts'
import type { LinkFrame } from '../../daemon/links/frame.ts'
import type { Link } from '../../daemon/links/link.ts'
import type { Logger } from '../../daemon/logging.ts'
import type { NoticeOf } from '../../messages/define.ts'
import type { Dispatch } from '../../messages/dispatch.ts'
import type { ErrorCode } from '../../messages/errors.ts'
import {
  hubToLocalHubNotices,
  LINK_BINARY,
  LINK_CONTROL,
  LINK_TEXT,
  localHubToHub,
} from '../../messages/hub-local-hub.ts'
import type { localHubToHubNotices } from '../../messages/hub-local-hub.ts'
import { clientId } from '../../messages/ids.ts'
import type { ProjectId } from '../../messages/ids.ts'
import { CodedError } from '../../util/coded-error.ts'
import type { LocalClient } from '../client.ts'
import type { ChannelTable } from './channels.ts'
import { HubClient } from './hub-client.ts'

/*
 *   a hub's link:   client_joined ──> present ── client_left, client_refused, end of the link ──> left
 *
 * (I1) A client is known by its link and its number on it; its id here is unique among all hubs.
 * (I2) `client_role` counts from the next frame of the client on.
 * (I3) What comes from a client that is not present is dropped: it was on its way when the client left.
 */

export interface HubLinksOptions {
  readonly address: string
  readonly secret: string
  readonly projectId: ProjectId
  readonly epoch: number
  readonly logger: Logger
  readonly channels: ChannelTable
  readonly dispatch: Dispatch<LocalClient>
  readonly onJoined: (client: HubClient) => void
  readonly onChanged: (client: HubClient) => void
  readonly onLeft: (client: HubClient) => void
}

type Notices = typeof localHubToHubNotices

interface HubLink {
  readonly link: Link
  readonly peer: LinkPeer<typeof localHubToHub>
  readonly clients: Map<number, HubClient>
}

/** The links of all hubs to this local hub, and the clients behind them. */
export class HubLinks implements AsyncDisposable {
  readonly #options: HubLinksOptions
  readonly #hubs = new Set<HubLink>()
  #lastClient = 0
  #server: LinkServer | undefined

  static async listen(options: HubLinksOptions): Promise<HubLinks> {
    const links = new HubLinks(options)
    const { address, secret, logger, projectId, epoch } = options
    links.#server = await LinkServer.listen({
      address,
      secret,
      logger,
      check: (hello) => {
        if (hello.subject !== projectId) {
          throw new CodedError<ErrorCode>('not_found', `this is not the project ${hello.subject}`)
        }
        // Of a hub that knows an older start, or a later one elsewhere.
        if (hello.epoch !== epoch) {
          const why = `the project runs under epoch ${epoch}, not ${hello.epoch}`
          throw new CodedError<ErrorCode>('conflict', why)
        }
      },
      onAccepted: (link) => links.#accepted(link),
    })
    return links
  }

  private constructor(options: HubLinksOptions) {
    this.#options = options
  }

  /** Tells one hub; false where none is linked: it is lost. */
  tell<E extends keyof Notices & string>(event: E, body: NoticeOf<Notices, E>): boolean {
    const json = JSON.stringify({ ...body, event })
    // One is enough: hubs share the database.
    const first = this.#hubs.values().next().value
    first?.link.sendControl(json)
    return first !== undefined
  }

  /** A hub to ask something of. @throws CodedError `unavailable` where none is linked */
  anyHub(): LinkPeer<typeof localHubToHub> {
    const first = this.#hubs.values().next().value
    if (first) return first.peer
    throw new CodedError<ErrorCode>('unavailable', 'no hub is linked with this project')
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server?.[Symbol.asyncDispose]()
  }

  #accepted(link: Link): void {
    const clients = new Map<number, HubClient>()
    const peer = createLinkPeer({
      link,
      logger: this.#options.logger,
      asked: {},
      handlers: {},
      asks: localHubToHub,
      notices: hubToLocalHubNotices,
      noticeHandlers: {
        client_joined: (joined) => this.#join(hub, joined),
        client_role: ({ client, role }) => {
          const found = clients.get(client)
          found?.setRole(role)
          if (found) this.#options.onChanged(found)
        },
        client_left: ({ client }) => this.#leave(hub, client),
        client_behind: ({ client, behind }) => clients.get(client)?.setBehindAtHub(behind),
      },
    })
    const hub: HubLink = { link, peer, clients }
    this.#hubs.add(hub)
    link.onFrame = (frame) => this.#receive(hub, frame)
    link.onDrained = () => {
      for (const client of clients.values()) client.drained()
    }
    link.closed.addEventListener('abort', () => {
      const { logger } = this.#options
      logger.info({ why: String(link.closed.reason), clients: clients.size }, 'a hub is gone')
      this.#hubs.delete(hub)
      for (const number of [...clients.keys()]) this.#leave(hub, number)
    })
  }

  #receive(hub: HubLink, frame: LinkFrame): void {
    if (frame.kind === LINK_CONTROL) return hub.peer.receive(frame.payload)
    const [number] = frame.clients
    const client = number === undefined ? undefined : hub.clients.get(number)
    if (!client) return
    if (frame.kind === LINK_TEXT) {
      const { buffer, byteOffset, length } = frame.payload
      const json = Buffer.from(buffer, byteOffset, length).toString()
      this.#options.dispatch(json, client, (answer) => client.sendText(answer))
    } else if (frame.kind === LINK_BINARY) {
      this.#receiveBinary(client, frame.payload)
    }
  }

  #receiveBinary(client: HubClient, payload: Uint8Array): void {
    try {
      this.#options.channels.receive(client, payload)
    } catch (error) {
      const { logger } = this.#options
      logger.warn({ err: error, accountId: client.accountId }, 'a payload was refused')
    }
  }

  #join(hub: HubLink, joined: NoticeOf<typeof hubToLocalHubNotices, 'client_joined'>): void {
    this.#leave(hub, joined.client)
    const client = new HubClient(
      hub.link,
      {
        id: clientId.parse(++this.#lastClient),
        linkId: joined.client,
        accountId: joined.accountId,
        name: joined.name,
        role: joined.role,
        hidden: joined.hidden === true,
      },
      (slow) => this.#refuse(hub, slow),
    )
    hub.clients.set(joined.client, client)
    this.#options.onJoined(client)
  }

  #refuse(hub: HubLink, client: HubClient): void {
    const message = 'the connection is too slow for what is sent to it'
    const body = { client: client.linkId, code: 'too_large', message }
    hub.link.sendControl(JSON.stringify({ event: 'client_refused', ...body }))
    this.#leave(hub, client.linkId)
  }

  #leave(hub: HubLink, number: number): void {
    const client = hub.clients.get(number)
    if (!client) return
    hub.clients.delete(number)
    client.leave()
    this.#options.onLeft(client)
  }
}

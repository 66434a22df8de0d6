import { createLinkPeer } from '../../daemon/links/link-peer.ts'
import type { LinkFrame } from '../../daemon/links/frame.ts'
import type { Link } from '../../daemon/links/link.ts'
import { openLink } from '../../daemon/links/open-link.ts'
import type { Logger } from '../../daemon/logging.ts'
import type { NoticeOf } from '../../messages/define.ts'
import type { RequestHandlers } from '../../messages/dispatch.ts'
import {
  LINK_BINARY,
  LINK_CONTROL,
  LINK_TEXT,
  localHubToHub,
  localHubToHubNotices,
} from '../../messages/hub-local-hub.ts'
import type { hubToLocalHubNotices } from '../../messages/hub-local-hub.ts'
import { clientId } from '../../messages/ids.ts'
import type { AccountId, ProjectId, Role } from '../../messages/ids.ts'
import type { DocumentCounts } from './document-counts.ts'
import { FanOut } from './fan-out.ts'

/** Frames on their way to a local hub that does not read: who sends still more is cut off. */
const LINK_BEHIND_BYTES_MAX = 32 * 1024 * 1024

/** Who joins a project, as the hub vouches for it. */
export interface Joining {
  readonly accountId: AccountId
  readonly name: string
  readonly role: Role
  readonly hidden: boolean
  readonly receive: (frame: FanOut, kind: number, payload: Uint8Array) => void
  /** The link is gone, or the local hub serves this client no longer. */
  readonly onLost: (why: string) => void
}

/** A client of this hub in a project. */
export interface JoinedClient {
  /** False where the local hub is so far behind that the sender has to be cut off. */
  sendText(json: string): boolean
  /** `channel varint . payload` */
  sendBinary(body: Uint8Array): boolean
  setRole(role: Role): void
  /** Its browser reads slower than it is sent to, or has caught up. */
  setBehind(behind: boolean): void
  leave(): void
}

/** What a local hub asks of or tells its hub. */
export interface LocalHubRequests {
  readonly putBlob: RequestHandlers<typeof localHubToHub, unknown>['put_blob']
  readonly onFileUsed: (
    projectId: ProjectId,
    used: NoticeOf<typeof localHubToHubNotices, 'file_used'>,
  ) => void
}

type Notices = typeof hubToLocalHubNotices

/** The one link between this hub and a project's local hub, with all of this hub's clients of it. */
export class ProjectLink {
  readonly projectId: ProjectId
  readonly #link: Link
  readonly #clients = new Map<number, Joining>()
  #last = 0

  static async open(options: {
    readonly projectId: ProjectId
    readonly hubId: string
    readonly at: { readonly address: string; readonly secret: string; readonly epoch: number }
    readonly requests: LocalHubRequests
    readonly counts: DocumentCounts
    readonly logger: Logger
  }): Promise<ProjectLink> {
    const { projectId, hubId, at, requests, counts, logger } = options
    let opened: ProjectLink | undefined
    await openLink(at.address, { subject: projectId, hubId, ...at }, (link) => {
      opened = new ProjectLink(projectId, link, { requests, counts, logger })
    })
    if (opened === undefined) throw new Error('bug: the link was not opened')
    return opened
  }

  private constructor(
    projectId: ProjectId,
    link: Link,
    options: Pick<Parameters<typeof ProjectLink.open>[0], 'requests' | 'counts' | 'logger'>,
  ) {
    const { requests, counts, logger } = options
    this.projectId = projectId
    this.#link = link
    const peer = createLinkPeer({
      link,
      logger: logger.child({ projectId }),
      asked: localHubToHub,
      handlers: {
        // A local hub speaks for its own project, whatever it writes.
        put_blob: (request) => requests.putBlob({ ...request, projectId }, undefined),
      },
      asks: {},
      notices: localHubToHubNotices,
      noticeHandlers: {
        client_refused: ({ client, message }) => {
          const found = this.#clients.get(client)
          this.#clients.delete(client)
          found?.onLost(message)
        },
        file_used: (used) => requests.onFileUsed(projectId, used),
        documents_counted: (told) => counts.add(this, told),
      },
    })
    link.onFrame = (frame) => {
      if (frame.kind === LINK_CONTROL) peer.receive(frame.payload)
      else this.#fanOut(frame)
    }
    link.closed.addEventListener('abort', () => {
      const clients = [...this.#clients.values()]
      const why = String(link.closed.reason)
      logger.info({ projectId, why, clients: clients.length }, 'the link with a project has ended')
      this.#clients.clear()
      counts.forget(this)
      for (const client of clients) client.onLost(why)
    })
  }

  get closed(): AbortSignal {
    return this.#link.closed
  }

  get clients(): number {
    return this.#clients.size
  }

  close(reason: string): void {
    this.#link.close(reason)
  }

  join(joining: Joining): JoinedClient {
    const client = clientId.parse(++this.#last)
    const { accountId, name, role, hidden } = joining
    this.#clients.set(client, joining)
    this.#tell('client_joined', { client, accountId, name, role, ...(hidden ? { hidden } : {}) })
    const ids = [client]
    const send = (kind: number, payload: Uint8Array): boolean => {
      if (!this.#clients.has(client)) return true
      if (this.#link.queuedBytes > LINK_BEHIND_BYTES_MAX) return false
      this.#link.send(kind, ids, payload)
      return true
    }
    return {
      sendText: (json) => send(LINK_TEXT, Buffer.from(json)),
      sendBinary: (body) => send(LINK_BINARY, body),
      setRole: (changed) => {
        if (this.#clients.has(client)) this.#tell('client_role', { client, role: changed })
      },
      setBehind: (behind) => {
        if (this.#clients.has(client)) this.#tell('client_behind', { client, behind })
      },
      leave: () => {
        if (this.#clients.delete(client)) this.#tell('client_left', { client })
      },
    }
  }

  #tell<E extends keyof Notices & string>(event: E, body: NoticeOf<Notices, E>): void {
    this.#link.sendControl(JSON.stringify({ ...body, event }))
  }

  #fanOut({ kind, clients, payload }: LinkFrame): void {
    const frame = new FanOut(kind, payload)
    for (const client of clients) this.#clients.get(client)?.receive(frame, kind, payload)
  }
}

import { createLinkPeer } from '../../daemon/links/link-peer.ts'
import type { LinkPeer } from '../../daemon/links/link-peer.ts'
import type { Link } from '../../daemon/links/link.ts'
import { openLink } from '../../daemon/links/open-link.ts'
import type { Logger } from '../../daemon/logging.ts'
import type { AnswerOf } from '../../messages/define.ts'
import type { RequestHandlers } from '../../messages/dispatch.ts'
import type { ErrorCode } from '../../messages/errors.ts'
import {
  hubToProjectServer,
  projectServerToHub,
  projectServerToHubNotices,
} from '../../messages/hub-project-server.ts'
import type { ProjectId } from '../../messages/ids.ts'
import type { ProjectState, StartPhase } from '../../messages/projects.ts'
import { CodedError } from '../../util/coded-error.ts'

/** After a lost link, doubled with each failure: a project server is back within a second of its crash. */
const RECONNECT_FIRST_MS = 50
const RECONNECT_MAX_MS = 2_000
/** Until a host that is restarting is linked again. */
const LINK_MS = 10_000

/** A compute host, as a hub is told of it. */
export interface HostAddress {
  readonly host: string
  readonly address: string
  /** In hex. */
  readonly secret: string
  readonly datacenter?: string | undefined
}

export type HostPeer = LinkPeer<typeof hubToProjectServer>
export type HostDescription = AnswerOf<typeof hubToProjectServer, 'describe_host'>

export interface HostLinkOptions {
  readonly hubId: string
  readonly logger: Logger
  /** What the host asks of the database. */
  readonly claims: RequestHandlers<typeof projectServerToHub, object>
  readonly onPhase: (projectId: ProjectId, phase: StartPhase, elapsedMs: number) => void
  readonly onState: (projectId: ProjectId, state: ProjectState, cause: string | undefined) => void
  readonly onDescribed: (description: HostDescription) => void
}

/*
 *   connecting ── handshake ──> linked ── lost ──> waiting ── after the pause ──> connecting
 *
 * (I1) What is asked while the host is not linked waits for the link, no longer than LINK_MS.
 */

/** This hub's control link to one host. */
export class HostLink {
  readonly name: string
  readonly datacenter: string | undefined
  readonly #address: HostAddress
  readonly #options: HostLinkOptions
  readonly #logger: Logger
  readonly #waiting = new Set<(peer: HostPeer) => void>()
  #peer: HostPeer | undefined
  #link: Link | undefined
  #timer: NodeJS.Timeout | undefined
  #pauseMs = RECONNECT_FIRST_MS
  #unlinkedSince = new Date()
  #closed = false

  constructor(address: HostAddress, options: HostLinkOptions) {
    this.name = address.host
    this.datacenter = address.datacenter
    this.#address = address
    this.#options = options
    this.#logger = options.logger.child({ host: address.host })
    void this.#connect()
  }

  /** Since when there is no link; undefined while there is one. */
  get unlinkedSince(): Date | undefined {
    return this.#peer === undefined ? this.#unlinkedSince : undefined
  }

  /** @throws CodedError `unavailable` where it can't be reached for a while */
  async ask<T>(request: (peer: HostPeer) => Promise<T>): Promise<T> {
    return request(this.#peer ?? (await this.#linked()))
  }

  close(): void {
    this.#closed = true
    clearTimeout(this.#timer)
    this.#link?.close('this hub stops')
  }

  #linked(): Promise<HostPeer> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#waiting.delete(onLinked)
        const why = `the host ${this.name} can't be reached since ${utc(this.#unlinkedSince)}`
        reject(new CodedError<ErrorCode>('unavailable', why))
      }, LINK_MS)
      const onLinked = (peer: HostPeer): void => {
        clearTimeout(timer)
        resolve(peer)
      }
      this.#waiting.add(onLinked)
    })
  }

  async #connect(): Promise<void> {
    const { address, secret } = this.#address
    try {
      const identity = { subject: this.name, hubId: this.#options.hubId, epoch: 0, secret }
      this.#link = await openLink(address, identity, (link) => {
        link.closed.addEventListener('abort', () => this.#lost(String(link.closed.reason)))
        this.#opened(link)
      })
    } catch (error) {
      this.#lost(error instanceof Error ? error.message : String(error))
    }
  }

  #opened(link: Link): void {
    const { claims, onPhase, onState, onDescribed } = this.#options
    const peer = createLinkPeer({
      link,
      logger: this.#logger,
      asked: projectServerToHub,
      handlers: claims,
      asks: hubToProjectServer,
      notices: projectServerToHubNotices,
      noticeHandlers: {
        project_phase: ({ projectId, phase, elapsedMs }) => onPhase(projectId, phase, elapsedMs),
        project_state: ({ projectId, state, cause }) => onState(projectId, state, cause),
      },
    })
    link.onFrame = (frame) => peer.receive(frame.payload)
    this.#logger.info('linked with a project server')
    this.#pauseMs = RECONNECT_FIRST_MS
    this.#peer = peer
    for (const onLinked of this.#waiting) onLinked(peer)
    this.#waiting.clear()
    peer
      .request('describe_host', {})
      .then(onDescribed, (error: unknown) =>
        this.#logger.warn({ err: error }, 'a host did not describe itself'),
      )
  }

  #lost(why: string): void {
    if (this.#closed || this.#timer !== undefined) return
    if (this.#peer !== undefined) this.#unlinkedSince = new Date()
    this.#peer = undefined
    this.#link = undefined
    this.#logger.debug({ why, pauseMs: this.#pauseMs }, 'no project server')
    this.#timer = setTimeout(() => {
      this.#timer = undefined
      void this.#connect()
    }, this.#pauseMs)
    this.#pauseMs = Math.min(this.#pauseMs * 2, RECONNECT_MAX_MS)
  }
}

function utc(time: Date): string {
  return `${time.toISOString().slice(0, 19).replace('T', ' ')} UTC`
}

import type { LinkPeer } from '../../daemon/links/link-peer.ts'
import type { AnswerOf, RequestOf } from '../../messages/define.ts'
import type { ErrorCode } from '../../messages/errors.ts'
import type { projectServerToHub } from '../../messages/hub-project-server.ts'
import { CodedError } from '../../util/coded-error.ts'

type Asks = typeof projectServerToHub
type HubPeer = Pick<LinkPeer<Asks>, 'request'>

/** A hub that has not answered by then is passed over: the next one may reach the database. */
const HUB_MS = 3_000

/** The hubs that are linked with this host; what the database decides is asked through any of them. */
export class Hubs {
  readonly #peers = new Set<HubPeer>()
  readonly #onLinked: () => void

  /** `onLinked`: one more can be asked. */
  constructor(onLinked: () => void) {
    this.#onLinked = onLinked
  }

  add(peer: HubPeer, closed: AbortSignal): void {
    this.#peers.add(peer)
    closed.addEventListener('abort', () => this.#peers.delete(peer))
    this.#onLinked()
  }

  /**
   * Asks one after the other until one answers; the one that answered last first.
   * @throws CodedError `unavailable` where none did
   */
  async ask<E extends keyof Asks & string>(
    event: E,
    body: RequestOf<Asks, E>,
  ): Promise<AnswerOf<Asks, E>> {
    let why = 'no hub is linked with this host'
    for (const peer of [...this.#peers]) {
      try {
        return await peer.request(event, body, HUB_MS)
      } catch (error) {
        why = error instanceof Error ? error.message : String(error)
        if (this.#peers.delete(peer)) this.#peers.add(peer)
      }
    }
    throw new CodedError<ErrorCode>('unavailable', `the database was not reached: ${why}`)
  }
}

import type { Link } from '../../daemon/links/link.ts'
import { LINK_BINARY, LINK_TEXT } from '../../messages/hub-local-hub.ts'
import type { NoticeOf } from '../../messages/define.ts'
import { encodeChannelBody } from '../../messages/frames.ts'
import type { AccountId, ChannelId, ClientId, Role } from '../../messages/ids.ts'
import type { LocalHubToClient } from '../../messages/local-hub-to-client.ts'
import type { LocalClient } from '../client.ts'

/**
 * Queued for one client of a link. Terminals and transfers stop long before, by acknowledgements; a document that
 * is joined by many at once can come near.
 */
export const CLIENT_QUEUE_BYTES_MAX = 48 * 1024 * 1024

/** With more queued here the client is behind until all is written: some frames of a document's size. */
const BEHIND_BYTES = 1024 * 1024

export interface Joined {
  /** Number in this local hub: hubs number their clients each by themselves. */
  readonly id: ClientId
  /** Number on the link. */
  readonly linkId: number
  readonly accountId: AccountId
  readonly name: string
  readonly role: Role
  readonly hidden: boolean
}

/** One client behind one link. */
export class HubClient implements LocalClient {
  readonly id: ClientId
  readonly linkId: number
  readonly accountId: AccountId
  readonly name: string
  readonly hidden: boolean
  readonly link: Link
  readonly #left = new AbortController()
  readonly #onOverflow: (client: HubClient) => void
  #role: Role
  readonly #behindCallbacks = new Set<(behind: boolean) => void>()
  #queuedBytes = 0
  #behindAtHub = false
  #behind = false

  constructor(link: Link, joined: Joined, onOverflow: (client: HubClient) => void) {
    this.link = link
    this.id = joined.id
    this.linkId = joined.linkId
    this.accountId = joined.accountId
    this.name = joined.name
    this.hidden = joined.hidden
    this.#role = joined.role
    this.#onOverflow = onOverflow
  }

  get role(): Role {
    return this.#role
  }

  get left(): AbortSignal {
    return this.#left.signal
  }

  get behind(): boolean {
    return this.#behind
  }

  onBehind(changed: (behind: boolean) => void): () => void {
    this.#behindCallbacks.add(changed)
    return () => this.#behindCallbacks.delete(changed)
  }

  /** What the hub says of what waits there. */
  setBehindAtHub(behind: boolean): void {
    this.#behindAtHub = behind
    this.#look()
  }

  setRole(role: Role): void {
    this.#role = role
  }

  leave(): void {
    this.#left.abort()
  }

  /** Notes what was sent to it, alone or with others; the link's `drained` takes it back. */
  queued(bytes: number): void {
    if (this.link.queuedBytes === 0) return
    this.#queuedBytes += bytes
    if (this.#queuedBytes > CLIENT_QUEUE_BYTES_MAX) this.#onOverflow(this)
    else if (this.#queuedBytes > BEHIND_BYTES) this.#look()
  }

  drained(): void {
    this.#queuedBytes = 0
    if (this.#behind) this.#look()
  }

  #look(): void {
    const behind = this.#behindAtHub || this.#queuedBytes > BEHIND_BYTES
    if (behind === this.#behind) return
    this.#behind = behind
    if (this.#left.signal.aborted) return
    for (const changed of this.#behindCallbacks) changed(behind)
  }

  notify<E extends keyof LocalHubToClient & string>(
    event: E,
    body: NoticeOf<LocalHubToClient, E>,
  ): void {
    this.sendText(JSON.stringify({ ...body, event }))
  }

  sendText(json: string): void {
    this.#send(LINK_TEXT, Buffer.from(json))
  }

  sendBinary(channel: ChannelId, payload: Uint8Array): void {
    this.#send(LINK_BINARY, encodeChannelBody(channel, payload))
  }

  #send(kind: number, payload: Uint8Array): void {
    if (this.#left.signal.aborted) return
    this.link.send(kind, [this.linkId], payload)
    this.queued(payload.length)
  }
}

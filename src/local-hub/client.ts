import type { NoticeOf } from '../messages/define.ts'
import type { AccountId, ChannelId, ClientId, Role } from '../messages/ids.ts'
import type { LocalHubToClient } from '../messages/local-hub-to-client.ts'

/** A client on a route of this project, as the hub vouches for it. One tab of a browser, or the hub itself for raw files. */
export interface LocalClient {
  readonly id: ClientId
  readonly accountId: AccountId
  readonly name: string
  /** Follows what the hub says; read it anew for each message. */
  readonly role: Role
  /** So much waits for it, here or at its hub, that nothing more is sent which it can do without for now. */
  readonly behind: boolean
  /** Calls back when `behind` changes. Returns how to stop. */
  onBehind(changed: (behind: boolean) => void): () => void
  /** Aborts when the client has left. */
  readonly left: AbortSignal
  notify<E extends keyof LocalHubToClient & string>(
    event: E,
    body: NoticeOf<LocalHubToClient, E>,
  ): void
  sendBinary(channel: ChannelId, payload: Uint8Array): void
}

/** Sends to many clients at once: one frame for each hub, serialized once. */
export interface Broadcast {
  notify<E extends keyof LocalHubToClient & string>(
    clients: Iterable<LocalClient>,
    event: E,
    body: NoticeOf<LocalHubToClient, E>,
  ): void
  sendBinary(clients: Iterable<LocalClient>, channel: ChannelId, payload: Uint8Array): void
}

/** Who answers for a channel: an open document, a terminal or a transfer. */
export interface ChannelOwner {
  /** A binary payload of a client. Throwing refuses the payload and closes nothing. */
  receive(client: LocalClient, payload: Uint8Array): void
}

/** Numbers the channels of this local hub. A number is not used again in this life of the local hub. */
export interface Channels {
  open(owner: ChannelOwner): ChannelId
  close(channel: ChannelId): void
}

/** One attempt at a connection, and the connection where it succeeds: frames in order, both ways. */
export interface Transport {
  send(frame: string | Uint8Array): void
  /** Ends it; none of its events follow. */
  close(): void
}

export interface TransportEvents {
  opened(): void
  received(frame: string | Uint8Array): void
  /** It could not be opened, or has ended. Once, and last. */
  ended(): void
}

/** Ways to connect: with `avoidWebsockets` long polling only, for a network that swallows websockets. */
export type OpenTransport = (
  events: TransportEvents,
  way: { readonly avoidWebsockets: boolean },
) => Transport

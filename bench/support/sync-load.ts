import type { BenchSocket } from './sync-socket.ts'

/**
 * What the load generator asks of a system, the same for all. A document begins with TEXT_BEFORE, and each client has
 * a place of its own in it, where it types one character after another.
 *
 * A `full` client is what a page has: it applies all that comes, and knows by whom it is. Hundreds of those would be
 * slower than any server, so most clients of a large scenario are `light`: they send real edits and acknowledge as
 * the protocol demands, but of what they receive they only count the bytes. Where light clients type and have to know
 * the document for it, they look at what the scenario's first client knows, which then only reads.
 */
export interface ClientOptions {
  /** Which document of the scenario, from 0. */
  readonly document: number
  /** Which client of the scenario, from 0. */
  readonly index: number
  readonly kind: 'full' | 'light'
  /** Where it types in TEXT_BEFORE. */
  readonly place: number
  /** Each character that somebody else typed, when a full client has applied it. */
  readonly onApplied: (typist: number) => void
}

export interface LoadClient {
  /** Counts what a browser's connection carries. */
  readonly socket: BenchSocket
  /** Types one character, and sends it as a page does. */
  type(): void
  /** What a full client shows. */
  text(): string
}

/** A server with its address, for one run. */
export interface LoadTarget {
  readonly port: number
  /** Ours: who is signed in, and where. */
  readonly salvus?: {
    readonly origin: string
    readonly cookie: string
  }
  /** Where the peers' packages are. */
  readonly peers: string
}

export interface LoadSystem {
  /** Before any client: makes the documents, where clients make them. */
  prepare(documents: number): Promise<void>
  open(options: ClientOptions): Promise<LoadClient>
}

const LINE = 'The quick brown fox jumps over the lazy dog, and then it sleeps for a while.\n'

/** 10 kB. */
export const TEXT_BEFORE = LINE.repeat(130)

/** A character that all systems send as one byte. */
export const TYPED = 'x'

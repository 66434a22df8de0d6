/** The part of Primus 8 that the hub uses; it brings no types of its own. */
declare module 'primus' {
  import type { IncomingMessage, Server } from 'node:http'
  import type { Socket } from 'engine.io'

  interface PrimusOptions {
    readonly transformer: string
    readonly parser: { readonly encoder: unknown; readonly decoder: unknown }
    readonly pathname: string
    readonly pingInterval: number
    readonly maxLength: number
    readonly compression: boolean
    readonly origins: string
    readonly iknowhttpsisbetter: boolean
    readonly transport?: Readonly<Record<string, unknown>>
  }

  export interface Refusal {
    readonly statusCode: number
    readonly message: string
  }

  export interface Spark {
    readonly id: string
    /** The request of the handshake. */
    readonly request: IncomingMessage
    readonly socket: Socket
    on(event: 'data', listener: (data: unknown) => void): this
    on(event: 'end', listener: () => void): this
    /** The browser has answered a ping. */
    on(event: 'heartbeat', listener: () => void): this
    on(event: 'error', listener: (error: Error) => void): this
    end(data?: undefined, options?: { readonly reconnect: boolean }): this
  }

  export default class Primus {
    constructor(server: Server, options: PrimusOptions)
    on(event: 'connection', listener: (spark: Spark) => void): this
    authorize(check: (request: IncomingMessage, done: (refusal?: Refusal) => void) => void): this
    destroy(options: { readonly close: boolean; readonly timeout?: number }, done: () => void): void
  }
}

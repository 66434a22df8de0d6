import type { Server, Socket } from 'node:net'

import { codeOf } from '../../util/coded-error.ts'
import type { Logger } from '../logging.ts'
import { listenOn } from './address.ts'
import { acceptHandshake } from './handshake.ts'
import type { Hello, Listening } from './handshake.ts'
import { Link } from './link.ts'

/** Openers that have not yet shown the secret: more at a time is an attack, or a hub that runs wild. */
const HANDSHAKES_MAX = 64

export interface LinkServerOptions extends Listening {
  readonly address: string
  /** Of a Unix socket; 0600 where nothing is said. */
  readonly mode?: number
  readonly logger: Logger
}

/** Accepts links. Closing it closes all of them. */
export class LinkServer implements AsyncDisposable {
  readonly #options: LinkServerOptions
  readonly #links = new Set<Link>()
  #handshakes = 0
  #server: Server | undefined

  static async listen(options: LinkServerOptions): Promise<LinkServer> {
    const server = new LinkServer(options)
    server.#server = await listenOn(
      options.address,
      (socket) => void server.#accept(socket),
      options.mode,
    )
    return server
  }

  private constructor(options: LinkServerOptions) {
    this.#options = options
  }

  /** The port of a TCP address with port 0. */
  get port(): number | undefined {
    const address = this.#server?.address()
    return typeof address === 'object' && address !== null ? address.port : undefined
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = new Promise<void>((resolve) => {
      if (this.#server === undefined) resolve()
      else this.#server.close(() => resolve())
    })
    for (const link of this.#links) link.close('this process stops')
    await closed
  }

  async #accept(socket: Socket): Promise<void> {
    if (this.#handshakes >= HANDSHAKES_MAX) {
      socket.destroy()
      return
    }
    const link = new Link(socket)
    this.#links.add(link)
    link.closed.addEventListener('abort', () => this.#links.delete(link))
    this.#handshakes++
    try {
      await acceptHandshake(link, this.#listening())
    } catch (error) {
      // Who looks only whether somebody listens says nothing and closes.
      const level = codeOf(error) === 'closed' ? 'debug' : 'warn'
      this.#options.logger[level]({ err: error }, 'a link was refused')
    } finally {
      this.#handshakes--
    }
  }

  #listening(): Listening {
    const { secret, check, logger } = this.#options
    return {
      secret,
      check,
      onAccepted: (link: Link, hello: Hello) => {
        logger.debug({ hubId: hello.hubId, subject: hello.subject }, 'link accepted')
        this.#options.onAccepted(link, hello)
      },
    }
  }
}

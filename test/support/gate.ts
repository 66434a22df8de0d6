import { createServer, type AddressInfo, type Server, type Socket, connect } from 'node:net'

/**
 * A port that leads to another one, of which the test says when: so what lies behind may go, come back elsewhere, or
 * be out of reach, and the address stays.
 */
export class Gate implements AsyncDisposable {
  readonly port: number
  readonly #server: Server
  readonly #sockets = new Set<Socket>()
  #toPort: number | undefined

  static async start(toPort: number): Promise<Gate> {
    const server = createServer({ noDelay: true })
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve)
    })
    return new Gate(server, toPort)
  }

  private constructor(server: Server, toPort: number) {
    this.#server = server
    this.#toPort = toPort
    // A server that listens on a port has an address of this kind.
    this.port = (server.address() as AddressInfo).port
    server.on('connection', (one) => this.#join(one))
  }

  /** Ends what goes through, without a word, and lets nobody in. */
  shut(): void {
    this.#toPort = undefined
    for (const socket of this.#sockets) socket.resetAndDestroy()
  }

  open(toPort: number): void {
    this.#toPort = toPort
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.shut()
    await new Promise((resolve) => this.#server.close(resolve))
  }

  #join(one: Socket): void {
    one.on('error', () => one.destroy())
    if (this.#toPort === undefined) {
      one.resetAndDestroy()
      return
    }
    const other = connect({ port: this.#toPort, host: '127.0.0.1', noDelay: true })
    other.on('error', () => one.destroy())
    for (const [from, to] of [
      [one, other],
      [other, one],
    ] as const) {
      this.#sockets.add(from)
      from.pipe(to)
      from.on('close', () => {
        this.#sockets.delete(from)
        to.destroy()
      })
    }
  }
}

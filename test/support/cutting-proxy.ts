import { createServer, type AddressInfo, type Server, type Socket, connect } from 'node:net'

/** What lies between a page and its hub, and cuts connections without a word: a proxy, a tunnel, a train. */
export class CuttingProxy implements AsyncDisposable {
  readonly port: number
  /** Connections that were cut. */
  cuts = 0
  /** What the hub sends is thrown away: an answer that never comes. */
  swallowsAnswers = false
  readonly #server: Server
  readonly #open = new Set<Socket>()
  #timer: ReturnType<typeof setInterval> | undefined

  static async start(toPort: number): Promise<CuttingProxy> {
    const server = createServer({ noDelay: true })
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve)
    })
    return new CuttingProxy(server, toPort)
  }

  private constructor(server: Server, toPort: number) {
    this.#server = server
    // A server that listens on a port has an address of this kind.
    this.port = (server.address() as AddressInfo).port
    server.on('connection', (page) => {
      const hub = connect({ port: toPort, host: '127.0.0.1', noDelay: true })
      hub.on('data', (chunk) => {
        if (!this.swallowsAnswers) page.write(chunk)
      })
      page.pipe(hub)
      this.#open.add(page)
      for (const [one, other] of [
        [page, hub],
        [hub, page],
      ] as const) {
        one.on('error', () => other.destroy())
        one.on('close', () => {
          this.#open.delete(page)
          other.destroy()
        })
      }
    })
  }

  /** Ends all connections as a lost network does: nobody says goodbye. */
  cut(): void {
    for (const socket of [...this.#open]) {
      this.cuts++
      socket.resetAndDestroy()
    }
  }

  cutEvery(ms: number): void {
    this.#timer = setInterval(() => this.cut(), ms)
  }

  stopCutting(): void {
    clearInterval(this.#timer)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.stopCutting()
    this.cut()
    await new Promise((resolve) => this.#server.close(resolve))
  }
}

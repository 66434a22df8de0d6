/** Generated at build by tools/build/primus-client.mjs. */
declare module 'virtual:primus-client' {
  interface PrimusOptions {
    manual: boolean
    strategy: false
    timeout: number | false
    websockets: boolean
  }

  export class Primus {
    constructor(url: string, options: PrimusOptions)
    pathname: string
    open(): this
    end(): this
    write(data: string | Uint8Array): boolean
    on(event: 'open' | 'end', listener: () => void): this
    on(event: 'error', listener: (error: Error) => void): this
    on(event: 'data', listener: (data: unknown) => void): this
    removeAllListeners(): this
  }
}

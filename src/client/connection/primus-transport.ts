import { Primus } from 'virtual:primus-client'

import type { OpenTransport } from './transport.ts'

/** Connects to `<base>/hub` by Primus over engine.io, without its reconnecting: that has one owner, HubConnection. */
export function primusTransport(baseUrl: string): OpenTransport {
  const base = new URL(baseUrl)
  return (events, way) => {
    const primus = new Primus(base.origin, {
      manual: true,
      strategy: false,
      timeout: false,
      websockets: !way.avoidWebsockets,
    })
    primus.pathname = `${base.pathname}hub`
    let ended = false
    const end = (): void => {
      if (ended) return
      ended = true
      primus.end()
      primus.removeAllListeners()
      events.ended()
    }
    primus.on('open', () => events.opened())
    primus.on('end', end)
    // Primus says `end` only of a connection that was open: a failed attempt is an error and nothing more.
    primus.on('error', end)
    primus.on('data', (data) => {
      if (typeof data === 'string') events.received(data)
      else if (data instanceof ArrayBuffer) events.received(new Uint8Array(data))
    })
    primus.open()
    return {
      send: (frame) => {
        primus.write(frame)
      },
      close: () => {
        ended = true
        primus.end()
        primus.removeAllListeners()
      },
    }
  }
}

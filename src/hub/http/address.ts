import type { IncomingMessage } from 'node:http'

/**
 * The person's address: of the socket; or, where the deployment says how many proxies of its own stand before the
 * hub, the entry of X-Forwarded-For that the outermost of them wrote. What comes before it anybody can write.
 */
export function createAddressOf(trustedProxies: number): (request: IncomingMessage) => string {
  return (request) => {
    const direct = request.socket.remoteAddress ?? ''
    if (trustedProxies === 0) return direct
    const forwarded = request.headers['x-forwarded-for']
    const entries = String(forwarded ?? '').split(',')
    return entries.at(-trustedProxies)?.trim() || direct
  }
}

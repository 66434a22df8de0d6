import type { IncomingMessage } from 'node:http'

/**
 * Whether a browser page that may speak with the hub sends this. Exact origins only: no pattern, no suffix, no case.
 * A websocket and a POST of a browser always carry one; a GET from the page's own origin carries none, and says in
 * Sec-Fetch-Site where it comes from.
 */
export function isAllowedOrigin(request: IncomingMessage, allowed: ReadonlySet<string>): boolean {
  const { origin } = request.headers
  if (origin !== undefined) return allowed.has(origin)
  if (request.headers.upgrade !== undefined || request.method !== 'GET') return false
  const site = request.headers['sec-fetch-site']
  return site === undefined || site === 'same-origin' || site === 'none'
}

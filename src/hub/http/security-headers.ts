import type { RequestHandler } from 'express'

import type { HubSettings } from '../settings.ts'

/** A year, as browsers' preload lists want it. */
const HSTS_S = 365 * 24 * 60 * 60

/** What the app's pages may load: only what is ours; what users make comes from the content origin, in frames. */
export function pagePolicy(settings: HubSettings): string {
  const { publicUrl, contentUrl } = settings
  const socket = `${publicUrl.protocol === 'https:' ? 'wss:' : 'ws:'}//${publicUrl.host}`
  const content = contentUrl.origin
  return [
    "default-src 'none'",
    "script-src 'self'",
    // CodeMirror, KaTeX and React write styles at run time.
    "style-src 'self' 'unsafe-inline'",
    `img-src 'self' blob: data: ${content}`,
    `media-src 'self' blob: data: ${content}`,
    "font-src 'self' data:",
    `connect-src 'self' ${socket}`,
    "worker-src 'self' blob:",
    "manifest-src 'self'",
    `frame-src ${content}`,
    `form-action 'self' ${content}`,
    "base-uri 'self'",
    "object-src 'none'",
    "frame-ancestors 'none'",
  ].join('; ')
}

/** On every answer of the app. */
export function securityHeaders(settings: HubSettings): RequestHandler {
  const overTls = settings.publicUrl.protocol === 'https:'
  return (request, response, next) => {
    response.setHeader('X-Content-Type-Options', 'nosniff')
    // Not `no-referrer`: a form posted to the content origin would then say `Origin: null`, and be refused there.
    response.setHeader('Referrer-Policy', 'strict-origin')
    response.setHeader('X-Frame-Options', 'DENY')
    response.setHeader('Cross-Origin-Opener-Policy', 'same-origin')
    response.setHeader('Cross-Origin-Resource-Policy', 'same-origin')
    response.setHeader('Content-Security-Policy', "default-src 'none'; frame-ancestors 'none'")
    if (overTls) response.setHeader('Strict-Transport-Security', `max-age=${HSTS_S}`)
    if (request.method === 'TRACE' || request.method === 'TRACK') {
      response.status(405).end()
      return
    }
    next()
  }
}

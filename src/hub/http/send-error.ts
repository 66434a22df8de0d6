import type { ErrorRequestHandler, Response } from 'express'

import type { Logger } from '../../daemon/logging.ts'
import { toWireError } from '../../messages/dispatch.ts'
import { ERRORS } from '../../messages/errors.ts'

/** Refuses an HTTP request: a `WireError` with the status of its code. */
export function sendError(response: Response, error: unknown, logger: Logger): void {
  const wire = toWireError(error)
  const { level, status } = ERRORS[wire.code]
  if (level === 'error') logger.error({ err: error, code: wire.code }, 'refused')
  else logger[level]({ code: wire.code }, 'refused')
  if (response.headersSent) {
    response.destroy()
    return
  }
  if (wire.retryAfterMs !== undefined) {
    response.setHeader('Retry-After', String(Math.ceil(wire.retryAfterMs / 1000)))
  }
  response.setHeader('Cache-Control', 'no-store')
  response.status(status).json(wire)
}

/** The last of an express application: what was thrown before it. Malformed URLs and bodies are the caller's fault. */
export function errorHandler(logger: Logger): ErrorRequestHandler {
  return (error: unknown, _request, response, _next) => {
    const status = statusOf(error)
    if (status === undefined) sendError(response, error, logger)
    else {
      const code = status === 413 ? 'too_large' : 'bad_message'
      response.status(status).json({ code, message: 'The request could not be read.' })
    }
  }
}

/** Express and its parsers mark what the caller did wrong. */
function statusOf(error: unknown): number | undefined {
  if (typeof error !== 'object' || error === null || !('status' in error)) return undefined
  const { status } = error
  return typeof status === 'number' && status >= 400 && status < 500 ? status : undefined
}

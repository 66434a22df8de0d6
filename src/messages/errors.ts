import { z } from 'zod'

/**
 * The codes of all errors that cross a socket. `level` is how the side that refuses logs it; `status` is the
 * HTTP status where the refusal answers an HTTP request.
 */
export const ERRORS = {
  bad_message: { level: 'warn', status: 400 },
  bad_value: { level: 'info', status: 400 },
  too_large: { level: 'info', status: 413 },
  unknown_event: { level: 'warn', status: 404 },
  old_version: { level: 'info', status: 426 },
  not_signed_in: { level: 'info', status: 401 },
  wrong_password: { level: 'info', status: 401 },
  forbidden: { level: 'warn', status: 403 },
  bad_origin: { level: 'warn', status: 403 },
  read_only: { level: 'info', status: 403 },
  not_found: { level: 'info', status: 404 },
  exists: { level: 'info', status: 409 },
  conflict: { level: 'info', status: 409 },
  token_invalid: { level: 'info', status: 410 },
  too_many_requests: { level: 'warn', status: 429 },
  sign_up_closed: { level: 'info', status: 403 },
  weak_password: { level: 'info', status: 400 },
  outside_project: { level: 'warn', status: 403 },
  not_a_file: { level: 'info', status: 400 },
  not_text: { level: 'info', status: 415 },
  not_empty: { level: 'info', status: 409 },
  disk_full: { level: 'error', status: 507 },
  permission_denied: { level: 'info', status: 403 },
  project_not_running: { level: 'info', status: 503 },
  project_start_failed: { level: 'error', status: 503 },
  database_away: { level: 'error', status: 503 },
  unavailable: { level: 'error', status: 503 },
  closed: { level: 'info', status: 503 },
  deadline: { level: 'warn', status: 504 },
  internal: { level: 'error', status: 500 },
} as const satisfies Record<string, { level: 'info' | 'warn' | 'error'; status: number }>

export type ErrorCode = keyof typeof ERRORS

export const errorCode = z.enum(Object.keys(ERRORS) as [ErrorCode, ...ErrorCode[]])

/** What is told of a failure: the message is for people and says what was wrong with which value. */
export const wireError = z.object({
  code: errorCode,
  message: z.string().max(4000),
  /** When trying again may succeed, in milliseconds from now. */
  retryAfterMs: z.int().min(0).optional(),
})
export type WireError = z.infer<typeof wireError>

/** Any side -> the one that asked: the request with this id was refused and changed nothing. */
export const errorAnswer = wireError.extend({ event: z.literal('error'), id: z.int().min(0) })
export type ErrorAnswer = z.infer<typeof errorAnswer>

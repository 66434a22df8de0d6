import { z } from 'zod'

import { account, password } from './account.ts'
import { email, personName, projectId } from './ids.ts'

/**
 * What sets or clears the session cookie goes over HTTP: `POST <base>/api/NAME`, JSON in and out, refused without
 * an `Origin` of the app, the type application/json and the header `x-salvus: 1`. A refusal is a `WireError` with
 * the status of its code.
 */
const token = z.string().min(16).max(200)

export const httpRequests = {
  sign_up: {
    request: z.object({
      name: personName,
      email,
      password,
      setUpToken: token.optional(),
      invitationToken: token.optional(),
    }),
    answer: z.object({ account }),
  },
  sign_in: { request: z.object({ email, password }), answer: z.object({ account }) },
  sign_out: { request: z.object({ everywhere: z.boolean().optional() }), answer: z.object({}) },
  /** Answered alike whether the address has an account or not. */
  request_password_reset: { request: z.object({ email }), answer: z.object({}) },
  reset_password: { request: z.object({ token, password }), answer: z.object({}) },
  verify_email: { request: z.object({ token }), answer: z.object({ email }) },
  /** What an invitation's link is about, before signing in: the token is the right to know. */
  show_invitation: {
    request: z.object({ token }),
    answer: z.object({
      projectTitle: z.string(),
      inviterName: z.string(),
      email,
      role: z.string(),
    }),
  },
} as const
export type HttpRequestName = keyof typeof httpRequests

/** `POST <content origin>/enter` (form): exchanges a ticket for the content origin's own cookie of the project. */
export const contentEntry = z.object({ ticket: token, projectId, path: z.string().max(8192) })

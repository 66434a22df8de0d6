import { z } from 'zod'

import { defineNotice, defineRequest } from './define.ts'
import { account } from './account.ts'

/** What an installation is, for a page before and after sign-in. */
export const site = z.object({
  name: z.string(),
  /** `open`; `invitation`: only with an invitation's link; `set_up`: only with the printed set-up token. */
  signUp: z.enum(['open', 'invitation', 'set_up']),
  /** Whether mail can be sent; without it links are copied by hand. */
  mail: z.boolean(),
  helpAddress: z.string(),
  /** Where what users make is served: another origin, or undefined where there is one host name only. */
  contentOrigin: z.string().optional(),
})
export type Site = z.infer<typeof site>

export const siteRequests = {
  /** First message of a connection. An older client is answered `old_version`, keeps what was typed, and offers to reload. */
  hello: defineRequest(
    'public',
    { version: z.int(), build: z.string().max(64) },
    {
      version: z.int(),
      build: z.string(),
      site,
      account: account.optional(),
      serverTimeMs: z.int(),
    },
  ),
  /** Answered at once: measures the round trip and proves that the connection lives. */
  ping: defineRequest('public', {}, {}),
}

export const siteNotices = {
  /** Hub -> client: the session of this connection has ended (password changed, signed out elsewhere). */
  session_ended: defineNotice('public', {
    reason: z.enum(['signed_out', 'password_changed', 'revoked']),
  }),
  /** Hub -> client: move to another hub within so many milliseconds. */
  draining: defineNotice('public', { withinMs: z.int().min(0) }),
}

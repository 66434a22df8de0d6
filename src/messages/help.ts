import { z } from 'zod'

import { defineNotice, defineRequest } from './define.ts'
import { timeMs } from './ids.ts'
import { HELP_CHARACTERS_MAX } from './limits.ts'

/** What a person chose to send along; each is shown in full before it is sent. */
export const helpAttachments = z.object({
  page: z.string().max(2000).optional(),
  project: z.string().max(500).optional(),
  browser: z.string().max(1000).optional(),
  lastError: z.string().max(4000).optional(),
})
export type HelpAttachments = z.infer<typeof helpAttachments>

export const helpRequest = z.object({
  helpRequestId: z.uuid(),
  createdMs: timeMs,
  subject: z.string(),
  text: z.string(),
  attachments: helpAttachments,
  fromName: z.string(),
  fromEmail: z.string(),
  /** `kept`: no mail server is configured, the admin reads it in the app; `waiting`: will be sent again. */
  state: z.enum(['waiting', 'sent', 'kept']),
})
export type HelpRequest = z.infer<typeof helpRequest>

export const helpRequests = {
  /** Signed out, an address to reply to is needed. Kept before it is answered; mailed with a reply-to. */
  write_help: defineRequest(
    'public',
    {
      subject: z.string().trim().min(1).max(200),
      text: z.string().trim().min(1).max(HELP_CHARACTERS_MAX),
      attachments: helpAttachments,
      email: z.email().max(254).optional(),
    },
    { helpRequest },
  ),
  /** One's own earlier ones, newest first. */
  list_help: defineRequest('account', {}, { helpRequests: z.array(helpRequest) }),
}

export const helpNotices = {
  help_changed: defineNotice('account', { helpRequest }),
}

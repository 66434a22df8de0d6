import { z } from 'zod'

import { account } from './account.ts'
import { defineRequest } from './define.ts'
import { accountId, email, timeMs } from './ids.ts'
import { helpRequest } from './help.ts'

export const keptMail = z.object({
  mailId: z.uuid(),
  createdMs: timeMs,
  to: z.string(),
  subject: z.string(),
  text: z.string(),
})
export type KeptMail = z.infer<typeof keptMail>

/** What keeps projects apart on a host, strongest first. */
export const isolation = z.enum(['unix_user', 'bubblewrap', 'none'])
export type Isolation = z.infer<typeof isolation>

export const adminRequests = {
  admin_overview: defineRequest(
    'admin',
    {},
    {
      clients: z.int(),
      projectsRunning: z.int(),
      accounts: z.int(),
      isolation,
      /** Why isolation is what it is, and how to better it. */
      isolationReason: z.string(),
      mailConfigured: z.boolean(),
      build: z.string(),
      /** Per minute, newest first, at most a day. */
      minutes: z.array(z.object({ timeMs, clients: z.int(), projectsRunning: z.int() })),
    },
  ),
  admin_list_accounts: defineRequest(
    'admin',
    { search: z.string().max(254) },
    { accounts: z.array(account) },
  ),
  /** Single use, 30 minutes. */
  admin_create_reset_link: defineRequest('admin', { accountId }, { link: z.string() }),
  /** A link with which somebody may sign up where sign-up is by invitation. */
  admin_invite: defineRequest('admin', { email }, { link: z.string(), mailed: z.boolean() }),
  admin_set_admin: defineRequest('admin', { accountId, admin: z.boolean() }, {}),
  admin_list_help: defineRequest('admin', {}, { helpRequests: z.array(helpRequest) }),
  admin_list_mail: defineRequest('admin', {}, { mails: z.array(keptMail) }),
}

import { z } from 'zod'

import { defineNotice, defineRequest } from './define.ts'
import { accountId, email, personName, sessionId, timeMs } from './ids.ts'
import { PASSWORD_CHARACTERS_MAX } from './limits.ts'

export const editorSettings = z.object({
  /** Enter runs a cell, Shift-Enter begins a line, instead of the other way round. */
  enterRuns: z.boolean().optional(),
  toolbar: z.boolean().optional(),
  fontSizePx: z.int().min(10).max(32).optional(),
  indentSpaces: z.int().min(1).max(8).optional(),
  terminalFontSizePx: z.int().min(8).max(32).optional(),
  terminalTheme: z.enum(['system', 'dark', 'light']).optional(),
})
export type EditorSettings = z.infer<typeof editorSettings>

export const account = z.object({
  accountId,
  name: z.string(),
  email: z.string(),
  emailVerified: z.boolean(),
  admin: z.boolean(),
  settings: editorSettings,
  createdMs: timeMs,
})
export type Account = z.infer<typeof account>

export const session = z.object({
  sessionId,
  createdMs: timeMs,
  lastUsedMs: timeMs,
  /** Browser and system in words, from its User-Agent. */
  browser: z.string(),
  address: z.string(),
  current: z.boolean(),
})
export type Session = z.infer<typeof session>

export const password = z.string().max(PASSWORD_CHARACTERS_MAX)

export const accountRequests = {
  update_account: defineRequest(
    'account',
    { name: personName.optional(), settings: editorSettings.optional() },
    { account },
  ),
  /** All other sessions and sockets of the account close. */
  change_password: defineRequest('account', { oldPassword: password, newPassword: password }, {}),
  /** The new address counts once its link was opened; until then the old one does. */
  change_email: defineRequest('account', { password, email }, {}),
  send_verification: defineRequest('account', {}, { sent: z.boolean() }),
  list_sessions: defineRequest('account', {}, { sessions: z.array(session) }),
  revoke_session: defineRequest('account', { sessionId }, {}),
  /** Every session but this one. */
  revoke_other_sessions: defineRequest('account', {}, { revoked: z.int() }),
}

export const accountNotices = {
  /** Hub -> client: the account was changed, here or elsewhere. */
  account_changed: defineNotice('account', { account }),
}

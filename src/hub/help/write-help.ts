import { randomUUID } from 'node:crypto'

import type { Database } from '../../database/port/database.ts'
import type { HelpRow, MailRow } from '../../database/port/mail.ts'
import { helpAttachments } from '../../messages/help.ts'
import type { HelpAttachments, HelpRequest } from '../../messages/help.ts'
import { accountId } from '../../messages/ids.ts'
import type { Bus } from '../bus/bus.ts'
import type { HubContext } from '../context.ts'
import { oneLine } from '../mail/transport.ts'

const ATTACHMENT_TITLES = {
  page: 'Page',
  project: 'Project',
  browser: 'Browser',
  lastError: 'Last error',
} as const satisfies Record<keyof HelpAttachments, string>

/** Keeps what somebody wrote, then mails it; answers what became of it. */
export async function writeHelp(
  context: HubContext,
  request: {
    readonly accountId: string | undefined
    readonly subject: string
    readonly text: string
    readonly attachments: HelpAttachments
    readonly fromName: string
    readonly fromEmail: string
  },
): Promise<HelpRequest> {
  const { helpAddress, siteName } = context.settings
  const mailed = context.outbox.configured && helpAddress !== ''
  const row: HelpRow = {
    ...request,
    helpRequestId: randomUUID(),
    createdMs: context.now(),
    subject: oneLine(request.subject),
    attachments: JSON.stringify(request.attachments),
    state: mailed ? 'waiting' : 'kept',
  }
  await context.database.help.put(row)
  if (!mailed) return toHelpRequest(row)
  const state = await context.outbox.post({
    to: helpAddress,
    replyTo: row.fromEmail,
    subject: `[${siteName}] ${row.subject}`,
    text: mailText(row),
    helpRequestId: row.helpRequestId,
  })
  return toHelpRequest({ ...row, state })
}

/** For the outbox: a help request was sent, and its writer is told. */
export async function onHelpSent(
  context: { readonly database: Database; readonly bus: Bus },
  mail: MailRow,
): Promise<void> {
  if (mail.helpRequestId === undefined) return
  const row = await context.database.help.get(mail.helpRequestId)
  if (row === undefined) return
  const sent: HelpRow = { ...row, state: 'sent' }
  await context.database.help.put(sent)
  if (row.accountId === undefined) return
  context.bus.publish(`account.${accountId.parse(row.accountId)}`, {
    kind: 'help_changed',
    helpRequest: toHelpRequest(sent),
  })
}

export function toHelpRequest(row: HelpRow): HelpRequest {
  return {
    helpRequestId: row.helpRequestId,
    createdMs: row.createdMs,
    subject: row.subject,
    text: row.text,
    attachments: helpAttachments.parse(JSON.parse(row.attachments)),
    fromName: row.fromName,
    fromEmail: row.fromEmail,
    state: row.state,
  }
}

function mailText(row: HelpRow): string {
  const attachments = helpAttachments.parse(JSON.parse(row.attachments))
  const lines = Object.entries(ATTACHMENT_TITLES).flatMap(([key, title]) => {
    const value = Object.entries(attachments).find(([name]) => name === key)?.[1]
    return value === undefined ? [] : [`${title}: ${value}`]
  })
  const from = row.fromName === '' ? row.fromEmail : `${row.fromName} <${row.fromEmail}>`
  return [row.text, '', '-- ', `From: ${from}`, ...lines, `Request: ${row.helpRequestId}`, ''].join(
    '\n',
  )
}

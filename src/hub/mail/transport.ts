import type { Transporter } from 'nodemailer'

import type { MailRow } from '../../database/port/mail.ts'

/** A mail server that does not answer for so long is tried again later. */
const SMTP_DEADLINE_MS = 20_000

export interface MailTransport {
  /** Resolves when the mail server took it. */
  send(mail: MailRow): Promise<void>
  close(): void
}

/** SMTP. The URL (`smtp://user:password@host:port`, `smtps://...`) comes from a secret file. */
export function smtpTransport(smtpUrl: string, from: string): MailTransport {
  let transport: Promise<Transporter> | undefined
  return {
    send: async (mail) => {
      transport ??= connectTo(smtpUrl, from)
      const sent = (await transport).sendMail({
        from,
        to: { name: '', address: mail.to },
        ...(mail.replyTo === undefined ? {} : { replyTo: { name: '', address: mail.replyTo } }),
        subject: oneLine(mail.subject),
        text: mail.text,
        messageId: `<${mail.mailId}@${domainOf(from)}>`,
      })
      await withDeadline(sent)
    },
    close: () => void transport?.then((opened) => opened.close()),
  }
}

/** Loaded with the first mail: a hub that sends none has no memory for it. */
async function connectTo(smtpUrl: string, from: string): Promise<Transporter> {
  const { createTransport } = await import('nodemailer')
  return createTransport(smtpUrl, {
    from,
    // Nothing of a mail may be read from a file or fetched, whatever is in it.
    disableFileAccess: true,
    disableUrlAccess: true,
  })
}

/** A header is one line: what a person wrote can't begin another. */
export function oneLine(text: string): string {
  return text.replaceAll(/[\p{Cc}\u2028\u2029]+/gu, ' ').trim()
}

function domainOf(address: string): string {
  return /@([A-Za-z0-9.-]+)/.exec(address)?.[1] ?? 'salvus.invalid'
}

async function withDeadline(sent: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(
      () => reject(new Error(`the mail server did not answer within ${SMTP_DEADLINE_MS} ms`)),
      SMTP_DEADLINE_MS,
    )
  })
  try {
    await Promise.race([sent, late])
  } finally {
    clearTimeout(timer)
  }
}

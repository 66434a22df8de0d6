import type { AddressInfo } from 'node:net'

import { SMTPServer } from 'smtp-server'

export interface TestMailServer extends AsyncDisposable {
  readonly url: string
  /** The mails that arrived, whole, as they came over SMTP with soft line breaks joined. */
  readonly mails: readonly string[]
  /** Waits for a mail that contains the text. */
  until(text: string, deadlineMs?: number): Promise<string>
}

/** A real SMTP server on a free port, which keeps what it is given. */
export async function startMailServer(): Promise<TestMailServer> {
  const mails: string[] = []
  const waiting = new Set<() => void>()
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS', 'AUTH'],
    onData(stream, _session, done) {
      const chunks: Buffer[] = []
      stream.on('data', (chunk: Buffer) => chunks.push(chunk))
      stream.on('end', () => {
        mails.push(decodeQuotedPrintable(Buffer.concat(chunks).toString()))
        done()
        for (const check of waiting) check()
      })
    },
  })
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  const { port } = server.server.address() as AddressInfo
  return {
    url: `smtp://127.0.0.1:${port}`,
    mails,
    until: (text, deadlineMs = 60_000) =>
      new Promise((resolve, reject) => {
        const timer = setTimeout(() => {
          waiting.delete(check)
          reject(
            new Error(
              `no mail with "${text}" within ${deadlineMs} ms; ${mails.length} others came`,
            ),
          )
        }, deadlineMs)
        const check = (): void => {
          const mail = mails.find((each) => each.includes(text))
          if (mail === undefined) return
          clearTimeout(timer)
          waiting.delete(check)
          resolve(mail)
        }
        waiting.add(check)
        check()
      }),
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
      }),
  }
}

function decodeQuotedPrintable(mail: string): string {
  if (!/^content-transfer-encoding: quoted-printable/im.test(mail)) return mail
  return mail
    .replaceAll(/=\r?\n/g, '')
    .replaceAll(/=([0-9A-F]{2})/g, (_, hex: string) =>
      String.fromCharCode(Number.parseInt(hex, 16)),
    )
}

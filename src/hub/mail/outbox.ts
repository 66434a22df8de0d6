import { randomUUID } from 'node:crypto'

import type { Logger } from '../../daemon/logging.ts'
import type { Database } from '../../database/port/database.ts'
import type { MailRow } from '../../database/port/mail.ts'
import type { Bus } from '../bus/bus.ts'
import { DueTimer } from '../due.ts'
import type { MailTransport } from './transport.ts'

const RETRY_FIRST_MS = 5_000
const RETRY_MAX_MS = 30 * 60_000

export interface Mail {
  readonly to: string
  readonly subject: string
  readonly text: string
  readonly replyTo?: string | undefined
  readonly helpRequestId?: string | undefined
}

export interface OutboxOptions {
  readonly database: Database
  readonly bus: Bus
  /** Undefined where there is no mail server: mails are kept for the admin to read. */
  readonly transport: MailTransport | undefined
  readonly logger: Logger
  readonly now: () => number
  /** The mail server took it, now or later. */
  readonly onSent: (mail: MailRow) => Promise<void>
  /** The first pause after a failure; doubled with each. Default 5 s. */
  readonly retryMs?: number
}

/** Mails are in the database before anything is sent, and are sent again until the mail server took them. */
export class Outbox implements AsyncDisposable {
  readonly #options: OutboxOptions
  readonly #timer: DueTimer

  constructor(options: OutboxOptions) {
    this.#options = options
    const { database, bus, now, logger } = options
    this.#timer = new DueTimer({
      database,
      bus,
      kind: 'send_mail',
      now,
      logger,
      work: (mailId) => this.#resend(mailId),
    })
  }

  get configured(): boolean {
    return this.#options.transport !== undefined
  }

  /** Sends what is waiting, from now on. */
  start(): void {
    if (this.configured) this.#timer.start()
  }

  /** Keeps the mail, then tries to send it once; answers what became of it. */
  async post(mail: Mail): Promise<MailRow['state']> {
    const row = this.#newRow(mail)
    await this.#keep(row)
    return row.state === 'kept' ? 'kept' : this.#send(row)
  }

  /** Keeps the mail and answers at once; it is sent right after. */
  async postSoon(mail: Mail): Promise<void> {
    const row = this.#newRow(mail)
    await this.#keep(row)
    if (row.state === 'waiting') {
      await this.#options.database.due.put({
        kind: 'send_mail',
        id: row.mailId,
        dueMs: this.#options.now(),
      })
      this.#timer.reschedule()
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#timer[Symbol.dispose]()
    this.#options.transport?.close()
    await this.#timer.settled()
  }

  #newRow(mail: Mail): MailRow {
    return {
      mailId: randomUUID(),
      createdMs: this.#options.now(),
      to: mail.to,
      replyTo: mail.replyTo,
      subject: mail.subject,
      text: mail.text,
      state: this.configured ? 'waiting' : 'kept',
      attempts: 0,
      helpRequestId: mail.helpRequestId,
    }
  }

  async #keep(row: MailRow): Promise<void> {
    const { database, now } = this.#options
    await database.mail.put(row)
    // Should this process end before the first attempt has, another takes it up.
    if (row.state === 'waiting') {
      await database.due.put({ kind: 'send_mail', id: row.mailId, dueMs: now() + RETRY_MAX_MS })
    }
  }

  async #resend(mailId: string): Promise<void> {
    const row = await this.#options.database.mail.get(mailId)
    if (row === undefined || row.state !== 'waiting') {
      await this.#options.database.due.remove('send_mail', mailId)
      return
    }
    await this.#send(row)
  }

  async #send(row: MailRow): Promise<MailRow['state']> {
    const { transport, database, logger, onSent } = this.#options
    if (transport === undefined) return row.state
    try {
      await transport.send(row)
    } catch (error) {
      await this.#sendLater(row, error)
      return 'waiting'
    }
    const sent: MailRow = { ...row, state: 'sent', attempts: row.attempts + 1 }
    await database.mail.put(sent)
    await database.due.remove('send_mail', row.mailId)
    logger.info({ mailId: row.mailId, attempts: sent.attempts }, 'mail sent')
    await onSent(sent)
    return 'sent'
  }

  async #sendLater(row: MailRow, error: unknown): Promise<void> {
    const { database, logger, now, retryMs = RETRY_FIRST_MS } = this.#options
    const waitMs = Math.min(retryMs * 2 ** Math.min(row.attempts, 20), RETRY_MAX_MS)
    logger.warn({ err: error, mailId: row.mailId, waitMs }, 'the mail server did not take a mail')
    await database.mail.put({ ...row, attempts: row.attempts + 1 })
    await database.due.put({ kind: 'send_mail', id: row.mailId, dueMs: now() + waitMs })
    this.#timer.reschedule()
  }
}

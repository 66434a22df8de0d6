/** A mail, kept before anything is answered. */
export interface MailRow {
  readonly mailId: string
  readonly createdMs: number
  readonly to: string
  readonly replyTo: string | undefined
  readonly subject: string
  readonly text: string
  /** `kept`: there is no mail server; the admin reads it. */
  readonly state: 'waiting' | 'sent' | 'kept'
  readonly attempts: number
  readonly helpRequestId: string | undefined
}

export interface MailStore {
  put(row: MailRow): Promise<void>
  get(mailId: string): Promise<MailRow | undefined>
  /** Newest first, of one state. Sent ones are in no list. */
  list(state: 'waiting' | 'kept', limit: number): Promise<MailRow[]>
  /** Sent ones are of no use to anybody: for a database where they do not go by themselves, a day later. */
  removeSent(beforeMs: number): Promise<void>
}

export interface HelpRow {
  readonly helpRequestId: string
  readonly createdMs: number
  readonly accountId: string | undefined
  readonly subject: string
  readonly text: string
  /** JSON text that only the hub reads. */
  readonly attachments: string
  readonly fromName: string
  readonly fromEmail: string
  readonly state: 'waiting' | 'sent' | 'kept'
}

/** By id, by account, and by month for the admin. */
export interface HelpStore {
  put(row: HelpRow): Promise<void>
  get(helpRequestId: string): Promise<HelpRow | undefined>
  /** Newest first. */
  ofAccount(accountId: string, limit: number): Promise<HelpRow[]>
  /** Newest first. */
  list(limit: number): Promise<HelpRow[]>
}

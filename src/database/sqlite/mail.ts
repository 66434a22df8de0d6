import type { DueRow, DueStore } from '../port/due.ts'
import type { HelpRow, HelpStore, MailRow, MailStore } from '../port/mail.ts'
import { integer, optionalText, text, word } from './columns.ts'
import type { SqlConnection } from './connection.ts'
import type { SqlRow } from './worker-protocol.ts'

const STATES = ['waiting', 'sent', 'kept'] as const

export function mailStore(connection: SqlConnection): MailStore {
  return {
    put: (row) =>
      connection.run(
        `INSERT OR REPLACE INTO mails (mail_id, created_ms, recipient, reply_to, subject, body, state,
           attempts, help_request_id) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
        row.mailId,
        row.createdMs,
        row.to,
        row.replyTo ?? null,
        row.subject,
        row.text,
        row.state,
        row.attempts,
        row.helpRequestId ?? null,
      ),
    get: async (mailId) => {
      const row = await connection.first('SELECT * FROM mails WHERE mail_id = ?', mailId)
      return row && toMail(row)
    },
    list: async (state, limit) => {
      const rows = await connection.all(
        'SELECT * FROM mails WHERE state = ? ORDER BY created_ms DESC LIMIT ?',
        state,
        limit,
      )
      return rows.map(toMail)
    },
    removeSent: (beforeMs) =>
      connection.run(`DELETE FROM mails WHERE state = 'sent' AND created_ms < ?`, beforeMs),
  }
}

export function helpStore(connection: SqlConnection): HelpStore {
  return {
    put: (row) =>
      connection.run(
        `INSERT OR REPLACE INTO help_requests (help_request_id, created_ms, account_id, subject, body,
           attachments, from_name, from_email, state) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
        row.helpRequestId,
        row.createdMs,
        row.accountId ?? null,
        row.subject,
        row.text,
        row.attachments,
        row.fromName,
        row.fromEmail,
        row.state,
      ),
    get: async (helpRequestId) => {
      const row = await connection.first(
        'SELECT * FROM help_requests WHERE help_request_id = ?',
        helpRequestId,
      )
      return row && toHelp(row)
    },
    ofAccount: async (accountId, limit) => {
      const rows = await connection.all(
        'SELECT * FROM help_requests WHERE account_id = ? ORDER BY created_ms DESC LIMIT ?',
        accountId,
        limit,
      )
      return rows.map(toHelp)
    },
    list: async (limit) => {
      const rows = await connection.all(
        'SELECT * FROM help_requests ORDER BY created_ms DESC LIMIT ?',
        limit,
      )
      return rows.map(toHelp)
    },
  }
}

export function dueStore(connection: SqlConnection): DueStore {
  return {
    put: (row) =>
      connection.run(
        'INSERT OR REPLACE INTO due (kind, id, due_ms) VALUES (?, ?, ?)',
        row.kind,
        row.id,
        row.dueMs,
      ),
    remove: (kind, id) => connection.run('DELETE FROM due WHERE kind = ? AND id = ?', kind, id),
    next: async (kind, limit) => {
      const rows = await connection.all(
        'SELECT kind, id, due_ms FROM due WHERE kind = ? ORDER BY due_ms LIMIT ?',
        kind,
        limit,
      )
      return rows.map(toDue)
    },
  }
}

export function toMail(row: SqlRow): MailRow {
  return {
    mailId: text(row, 'mail_id'),
    createdMs: integer(row, 'created_ms'),
    to: text(row, 'recipient'),
    replyTo: optionalText(row, 'reply_to'),
    subject: text(row, 'subject'),
    text: text(row, 'body'),
    state: word(row, 'state', STATES),
    attempts: integer(row, 'attempts'),
    helpRequestId: optionalText(row, 'help_request_id'),
  }
}

export function toHelp(row: SqlRow): HelpRow {
  return {
    helpRequestId: text(row, 'help_request_id'),
    createdMs: integer(row, 'created_ms'),
    accountId: optionalText(row, 'account_id'),
    subject: text(row, 'subject'),
    text: text(row, 'body'),
    attachments: text(row, 'attachments'),
    fromName: text(row, 'from_name'),
    fromEmail: text(row, 'from_email'),
    state: word(row, 'state', STATES),
  }
}

export function toDue(row: SqlRow): DueRow {
  return {
    kind: word(row, 'kind', DUE_KINDS),
    id: text(row, 'id'),
    dueMs: integer(row, 'due_ms'),
  }
}

const DUE_KINDS = ['purge_project', 'send_mail'] as const

import type { MailRow, MailStore } from '../port/mail.ts'
import { integer, isSet, optionalText, text, word } from './columns.ts'
import { cql } from './cql.ts'
import type { CqlConnection, CqlRow, CqlStatement } from './cql.ts'
import { hourOf, markHour, readHours } from './hours.ts'
import { inParallel } from '../in-parallel.ts'
import { stampAfter } from './stamps.ts'

const STATES = ['waiting', 'sent', 'kept'] as const

const GET = cql`
  SELECT mail_id, created_ms, recipient, reply_to, subject, body, state, attempts, help_request_id,
    writetime(state) AS w1
  FROM mails WHERE mail_id = ?`
const PUT = cql`
  INSERT INTO mails
    (mail_id, created_ms, recipient, reply_to, subject, body, state, attempts, help_request_id)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) USING TIMESTAMP ? AND TTL ?`
const LIST = cql`
  SELECT mail_id, created_ms FROM mails_by_hour WHERE state = ? AND hour = ? LIMIT ?`
const ENTER = cql`
  INSERT INTO mails_by_hour (state, hour, created_ms, mail_id) VALUES (?, ?, ?, ?) USING TIMESTAMP ?`
const LEAVE = cql`
  DELETE FROM mails_by_hour USING TIMESTAMP ?
  WHERE state = ? AND hour = ? AND created_ms = ? AND mail_id = ?`
const INDEX = {
  hours: cql`SELECT hour, written_us FROM mail_hours WHERE state = ? LIMIT ?`,
  mark: cql`INSERT INTO mail_hours (state, hour, written_us) VALUES (?, ?, ?) USING TIMESTAMP ?`,
  forget: cql`DELETE FROM mail_hours USING TIMESTAMP ? WHERE state = ? AND hour = ?`,
}

/** Sent ones are of no use to anybody; a day, for who looks why one did not arrive. */
const SENT_TTL_S = 24 * 60 * 60
const STAYS = 0

export function mailStore(connection: CqlConnection): MailStore {
  const get: MailStore['get'] = async (mailId) => {
    const row = await connection.first(GET, mailId)
    return row && isSet(row, 'state') ? toMail(row) : undefined
  }
  return {
    get,
    put: async (row) => {
      const before = await connection.first(GET, row.mailId)
      const known = before && isSet(before, 'state') ? toMail(before) : undefined
      const stamp = stampAfter(before, 'w1')
      // The mail may be larger than a batch; a list that names a mail in another state is put right below.
      const ttlS = row.state === 'sent' ? SENT_TTL_S : STAYS
      await connection.run(PUT, ...values(row), stamp, ttlS)
      await connection.batch([
        ...(known === undefined || known.state === row.state ? [] : [leaving(known, stamp)]),
        ...(row.state === 'sent' ? [] : entering(row, stamp)),
      ])
    },
    list: async (state, limit) => {
      const index = { index: INDEX, key: state, limit }
      const rows = await readHours(connection, index, (hour, max) =>
        connection.all(LIST, state, hour, max),
      )
      const mails = await inParallel(rows, (row) => get(text(row, 'mail_id')))
      return mails.filter((mail) => mail !== undefined).filter((mail) => mail.state === state)
    },
    removeSent: async () => undefined,
  }
}

function entering(row: MailRow, stamp: number): CqlStatement[] {
  const hour = hourOf(row.createdMs)
  return [
    { cql: ENTER, args: [row.state, hour, row.createdMs, row.mailId, stamp] },
    markHour(INDEX, row.state, hour),
  ]
}

function leaving(row: MailRow, stamp: number): CqlStatement {
  return { cql: LEAVE, args: [stamp, row.state, hourOf(row.createdMs), row.createdMs, row.mailId] }
}

/** In the order of the columns in PUT. */
function values(row: MailRow): (string | number | undefined)[] {
  const { mailId, createdMs, to, replyTo, subject, state, attempts, helpRequestId } = row
  return [mailId, createdMs, to, replyTo, subject, row.text, state, attempts, helpRequestId]
}

export function toMail(row: CqlRow): MailRow {
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

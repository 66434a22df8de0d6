import type { HelpRow, HelpStore } from '../port/mail.ts'
import { integer, isSet, optionalText, text, word } from './columns.ts'
import { cql } from './cql.ts'
import type { CqlConnection, CqlRow } from './cql.ts'
import { inParallel } from '../in-parallel.ts'
import { stampAfter, stampOf } from './stamps.ts'

const STATES = ['waiting', 'sent', 'kept'] as const

const GET = cql`
  SELECT help_request_id, created_ms, account_id, subject, body, attachments, from_name, from_email, state,
    writetime(state) AS w1
  FROM help_requests WHERE help_request_id = ?`
const PUT = cql`
  INSERT INTO help_requests
    (help_request_id, created_ms, account_id, subject, body, attachments, from_name, from_email, state)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) USING TIMESTAMP ?`
const OF_ACCOUNT = cql`SELECT help_request_id FROM help_by_account WHERE account_id = ? LIMIT ?`
const OF_MONTH = cql`SELECT help_request_id FROM help_by_month WHERE month = ? LIMIT ?`
const ENTER_ACCOUNT = cql`
  INSERT INTO help_by_account (account_id, created_ms, help_request_id) VALUES (?, ?, ?) USING TIMESTAMP ?`
const ENTER_MONTH = cql`
  INSERT INTO help_by_month (month, created_ms, help_request_id) VALUES (?, ?, ?) USING TIMESTAMP ?`

/** The administrator sees those of so many months. */
const MONTHS = 24

/** The lists name requests; only the request itself ever changes. */
export function helpStore(connection: CqlConnection): HelpStore {
  const get: HelpStore['get'] = async (helpRequestId) => {
    const row = await connection.first(GET, helpRequestId)
    return row && isSet(row, 'state') ? toHelp(row) : undefined
  }
  const getAll = async (rows: readonly CqlRow[]): Promise<HelpRow[]> => {
    const requests = await inParallel(rows, (row) => get(text(row, 'help_request_id')))
    return requests.filter((request) => request !== undefined)
  }
  return {
    get,
    put: async (row) => {
      const { helpRequestId, createdMs, accountId } = row
      const before = await connection.first(GET, helpRequestId)
      await connection.run(PUT, ...values(row), stampAfter(before, 'w1'))
      const entry = [createdMs, helpRequestId, stampOf(createdMs)]
      await connection.batch([
        ...(accountId === undefined ? [] : [{ cql: ENTER_ACCOUNT, args: [accountId, ...entry] }]),
        { cql: ENTER_MONTH, args: [monthOf(createdMs), ...entry] },
      ])
    },
    ofAccount: async (accountId, limit) =>
      getAll(await connection.all(OF_ACCOUNT, accountId, limit)),
    list: async (limit) => {
      const rows: CqlRow[] = []
      const newest = monthOf(Date.now()) + 1
      for (let month = newest; month > newest - MONTHS && rows.length < limit; month--) {
        rows.push(...(await connection.all(OF_MONTH, month, limit - rows.length)))
      }
      return getAll(rows)
    },
  }
}

/** Months since the year 0. */
function monthOf(timeMs: number): number {
  const date = new Date(timeMs)
  return date.getUTCFullYear() * 12 + date.getUTCMonth()
}

/** In the order of the columns in PUT. */
function values(row: HelpRow): (string | number | undefined)[] {
  const { helpRequestId, createdMs, accountId, subject, attachments, fromName, fromEmail } = row
  const sender = [fromName, fromEmail, row.state]
  return [helpRequestId, createdMs, accountId, subject, row.text, attachments, ...sender]
}

export function toHelp(row: CqlRow): HelpRow {
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

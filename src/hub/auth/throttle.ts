import { randomUUID } from 'node:crypto'
import { isIPv6 } from 'node:net'

import type { Database } from '../../database/port/database.ts'
import { RetryLater } from '../refuse.ts'

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS

/**
 * Attempts within a window; all hubs count together. A whole class may sit behind one address, so limits by address
 * are wide; what guesses one person's password is narrow.
 */
const LIMITS = {
  sign_in_failed_address: { max: 100, windowMs: 15 * MINUTE_MS },
  /** One account from one address: also where its owner has signed in before, so that nobody else can lock it. */
  sign_in_failed_pair: { max: 10, windowMs: 15 * MINUTE_MS },
  /** One account from addresses where it never signed in: guessing from many addresses. */
  sign_in_failed_account: { max: 50, windowMs: HOUR_MS },
  sign_up_address: { max: 100, windowMs: HOUR_MS },
  password_check: { max: 10, windowMs: 15 * MINUTE_MS },
  reset_email: { max: 5, windowMs: HOUR_MS },
  reset_address: { max: 50, windowMs: HOUR_MS },
  token_address: { max: 100, windowMs: 15 * MINUTE_MS },
  verification: { max: 5, windowMs: HOUR_MS },
  help: { max: 20, windowMs: HOUR_MS },
  invite: { max: 200, windowMs: HOUR_MS },
} as const
export type Limit = keyof typeof LIMITS

/** @throws RetryLater `too_many_requests` where the limit was reached before */
export async function refuseAbove(
  context: { database: Database; now: () => number },
  limit: Limit,
  subject: string,
): Promise<void> {
  const { max, windowMs } = LIMITS[limit]
  const { attempts } = context.database
  const count = await attempts.count(keyOf(limit, subject), context.now() - windowMs, max)
  if (count >= max) {
    throw new RetryLater('too_many_requests', 'Too many attempts. Try again later.', windowMs)
  }
}

/** Counts one more. */
export async function countAttempt(
  context: { database: Database; now: () => number },
  limit: Limit,
  subject: string,
): Promise<void> {
  const timeMs = context.now()
  await context.database.attempts.record({
    key: keyOf(limit, subject),
    attemptId: randomUUID(),
    timeMs,
    expiresMs: timeMs + LIMITS[limit].windowMs,
  })
}

/** Both: for what is limited whether it succeeds or not. */
export async function takeAttempt(
  context: { database: Database; now: () => number },
  limit: Limit,
  subject: string,
): Promise<void> {
  await refuseAbove(context, limit, subject)
  await countAttempt(context, limit, subject)
}

/** What counts as one address: of IPv6 the network of 64 bits, in which one customer has all. */
export function addressKey(address: string): string {
  const plain = address.startsWith('::ffff:') ? address.slice('::ffff:'.length) : address
  if (!isIPv6(plain)) return plain
  const [head = '', tail = ''] = plain.split('::')
  const heads = head === '' ? [] : head.split(':')
  const tails = tail === '' ? [] : tail.split(':')
  const zeros = Array.from({ length: Math.max(0, 8 - heads.length - tails.length) }, () => '0')
  return [...heads, ...zeros, ...tails].slice(0, 4).join(':')
}

function keyOf(limit: Limit, subject: string): string {
  return `${limit} ${subject.slice(0, 300)}`
}

import type { HubContext } from './context.ts'

/** Nobody waits for it: expired rows are worth nothing already. */
const EVERY_MS = 60 * 60_000
const DAY_MS = 24 * EVERY_MS

/** Removes what has expired, for databases whose rows do not go by themselves. */
export function keepHouse(context: HubContext): Disposable {
  const clean = async (): Promise<void> => {
    const { database } = context
    const nowMs = context.now()
    await database.sessions.removeEnded(nowMs)
    await database.tokens.removeExpired(nowMs)
    await database.attempts.removeExpired(nowMs)
    await database.mail.removeSent(nowMs - DAY_MS)
    await database.blobs.removeExpired(nowMs)
  }
  const timer = setInterval(() => {
    clean().catch((error: unknown) => {
      context.logger.warn({ err: error }, 'expired rows could not be removed')
    })
  }, EVERY_MS)
  timer.unref()
  return { [Symbol.dispose]: () => clearInterval(timer) }
}

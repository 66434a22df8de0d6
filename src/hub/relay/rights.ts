import type { Account } from '../../messages/account.ts'
import type { BusEvent } from '../../messages/hub-to-hub.ts'
import type { AccountId, SessionId } from '../../messages/ids.ts'
import type { Bus } from '../bus/bus.ts'
import type { CatchUp } from '../catch-up.ts'
import type { BrowserConnection } from './browser-connection.ts'

/*
 *   the bus is there:   what ends a session or changes a role is told, and applies at once
 *   it was away:        all rights are read anew within a second of its return (`missed`)
 *   it is away:         a right that was read more than LEASE_MS ago is read anew when its connection gives a sign of
 *                       life: a frame, or the answer to the ping that each gets every 20 s
 */

/** Without the bus, for so long a right that was read counts without another look. */
export const LEASE_MS = 10_000

export interface RightsOptions {
  readonly bus: Bus
  readonly catchUp: CatchUp
  readonly accountOf: (accountId: AccountId) => Promise<Account | undefined>
  /** Whether a session still signs its account in. */
  readonly sessionLives: (accountId: AccountId, sessionId: SessionId) => Promise<boolean>
  /** Of a monotonic clock. */
  readonly now?: () => number
}

/** Ends what a connection may no longer do: its session, its account, its roles in open projects. */
export class Rights {
  readonly #options: RightsOptions
  readonly #now: () => number
  /** Readings that were begun: of two at a time, the later one tells. */
  readonly #begun = new WeakMap<BrowserConnection, number>()

  constructor(options: RightsOptions) {
    this.#options = options
    this.#now = options.now ?? (() => performance.now())
  }

  /** From now on until the connection ends. */
  watch(connection: BrowserConnection, accountId: AccountId): void {
    connection.rightsReadMs = this.#now()
    const unsubscribe = this.#options.bus.subscribe(`account.${accountId}`, (event) =>
      this.#heard(connection, accountId, event),
    )
    connection.closed.addEventListener('abort', unsubscribe)
    // What was told between the handshake, which read the session, and now nobody here has heard.
    this.#readLater(connection, accountId)
  }

  /** The connection gave a sign of life. Cheap while the bus is there. */
  used(connection: BrowserConnection): void {
    const { awaySinceMs } = this.#options.bus
    if (awaySinceMs === undefined || connection.account === undefined) return
    const nowMs = this.#now()
    if (nowMs - Math.max(connection.rightsReadMs, awaySinceMs) < LEASE_MS) return
    connection.rightsReadMs = nowMs
    this.#readLater(connection, connection.account.accountId)
    for (const route of connection.routes.values()) route.readRole()
  }

  #heard(connection: BrowserConnection, accountId: AccountId, event: BusEvent): void {
    if (event.kind === 'sessions_ended') {
      const { sessionId } = connection
      if (sessionId === undefined || !event.sessions.includes(sessionId)) return
      connection.notify('session_ended', { reason: event.reason })
      connection.close('its session has ended')
    } else if (event.kind === 'account_changed' || event.kind === 'missed') {
      this.#readLater(connection, accountId)
    }
  }

  #readLater(connection: BrowserConnection, accountId: AccountId): void {
    this.#options.catchUp.add('rights', connection.closed, () => this.#read(connection, accountId))
  }

  async #read(connection: BrowserConnection, accountId: AccountId): Promise<void> {
    const { bus, sessionLives, accountOf } = this.#options
    const { sessionId } = connection
    await bus.settled()
    const mine = (this.#begun.get(connection) ?? 0) + 1
    this.#begun.set(connection, mine)
    const [lives, account] = await Promise.all([
      sessionId === undefined ? false : sessionLives(accountId, sessionId),
      accountOf(accountId),
    ])
    if (lives && account !== undefined) {
      if (this.#begun.get(connection) === mine) connection.account = account
      return
    }
    connection.notify('session_ended', { reason: 'revoked' })
    connection.close('its session was found ended')
  }
}

import type { Account, EditorSettings } from '../../messages/account.ts'
import type { Site } from '../../messages/site.ts'
import type { Connection } from '../connection/connection.ts'
import type { Hello } from '../connection/hub-connection.ts'
import { Value } from './observable.ts'

/** Who uses this page, and which installation it is. Undefined until the hub has said so. */
export interface Who {
  readonly site: Site
  readonly account: Account | undefined
  /** How far the hub's clock is ahead of this browser's, in milliseconds. */
  readonly clockAheadMs: number
}

/** Keeps who is signed in as the hub tells it; the editor settings are remembered with the account. */
export class Session {
  readonly who = new Value<Who | undefined>(undefined)
  readonly settings = new Value<EditorSettings>({})
  /** Why the page is signed out where it was not the person's own doing here. */
  readonly endedReason = new Value<string | undefined>(undefined)

  greeted(hello: Hello): void {
    const { site, account, serverTimeMs } = hello
    this.who.set({ site, account, clockAheadMs: serverTimeMs - Date.now() })
    if (!account) return
    this.settings.set(account.settings)
    this.endedReason.set(undefined)
  }

  listen(connection: Connection): void {
    connection.on('account_changed', ({ account }) => this.#setAccount(account))
    connection.on('session_ended', ({ reason }) => {
      this.endedReason.set(ENDED[reason])
      this.#setAccount(undefined)
    })
  }

  #setAccount(account: Account | undefined): void {
    this.who.update((who) => who && { ...who, account })
    if (account) this.settings.set(account.settings)
  }
}

const ENDED = {
  signed_out: 'You signed out.',
  password_changed: 'Your password was changed elsewhere. Sign in with the new one.',
  revoked: 'This session was signed out from another device.',
} as const

import type { Account } from '../../messages/account.ts'
import type { SessionId } from '../../messages/ids.ts'

/** Who a request or a connection is, by its session cookie. */
export interface SignedIn {
  readonly account: Account
  readonly sessionId: SessionId
}

/**
 * Answers undefined for no, a wrong or an ended session.
 * @throws DatabaseAway
 */
export type Authenticate = (
  cookieHeader: string | undefined,
  address: string,
) => Promise<SignedIn | undefined>

import type { AccountStore } from './accounts.ts'
import type { AttemptStore, FileUseStore, StatisticsStore } from './activity.ts'
import type { BlobStore } from './blobs.ts'
import type { ClaimStore } from './claims.ts'
import type { DueStore } from './due.ts'
import type { InvitationStore } from './invitations.ts'
import type { LeaseStore } from './leases.ts'
import type { HelpStore, MailStore } from './mail.ts'
import type { MembershipStore } from './membership.ts'
import type { LocationStore, ProjectStore } from './projects.ts'
import type { SessionStore } from './sessions.ts'
import type { TokenStore } from './tokens.ts'

/**
 * Durable facts, of which every question is the key of a table: no joins, no search by other columns (but the
 * admin's bounded ones), no queues, no counters. Writes may be repeated; unique facts go through operations that
 * say who was first. Ids are plain text here: the hub parses what it reads. Live events never go through it.
 *
 * Every operation may throw DatabaseAway, and then may have happened or not.
 */
export interface Database extends AsyncDisposable {
  readonly accounts: AccountStore
  readonly claims: ClaimStore
  readonly sessions: SessionStore
  readonly tokens: TokenStore
  readonly projects: ProjectStore
  readonly membership: MembershipStore
  readonly invitations: InvitationStore
  readonly locations: LocationStore
  readonly leases: LeaseStore
  readonly blobs: BlobStore
  readonly mail: MailStore
  readonly help: HelpStore
  readonly due: DueStore
  readonly fileUse: FileUseStore
  readonly statistics: StatisticsStore
  readonly attempts: AttemptStore
  /** Resolves when the database answers; for `/alive`. */
  ping(): Promise<void>
}

import type { AccountRow } from './accounts.ts'
import type { FileUseRow, MinuteRow } from './activity.ts'
import type { BlobRow } from './blobs.ts'
import type { ClaimKind } from './claims.ts'
import type { DueRow } from './due.ts'
import type { InvitationRow } from './invitations.ts'
import type { LeaseRow } from './leases.ts'
import type { HelpRow, MailRow } from './mail.ts'
import type { MemberRow } from './membership.ts'
import type { LocationRow, ProjectRow } from './projects.ts'
import type { SessionRow } from './sessions.ts'
import type { TokenRow } from './tokens.ts'

export interface ClaimRow {
  readonly kind: ClaimKind
  readonly name: string
  readonly owner: string
  readonly claimedMs: number
}

export interface HoldRow {
  readonly projectId: string
  readonly sha256: string
  readonly untilMs: number | undefined
}

/** All facts that a database holds, but for attempts, which are over within the hour. */
export interface FactRows {
  readonly accounts: AccountRow
  readonly claims: ClaimRow
  readonly sessions: SessionRow
  readonly tokens: TokenRow
  readonly projects: ProjectRow
  readonly members: MemberRow
  readonly invitations: InvitationRow
  readonly locations: LocationRow
  readonly leases: LeaseRow
  readonly blobs: BlobRow
  readonly holds: HoldRow
  readonly mails: MailRow
  readonly help: HelpRow
  readonly due: DueRow
  readonly fileUse: FileUseRow
  readonly minutes: MinuteRow
}
export type FactTable = keyof FactRows

export interface ScanPage<R> {
  readonly rows: readonly R[]
  /** From here the scan goes on behind this page, also in another process. */
  readonly position: string
}

/**
 * Reads everything, for moving an installation from one database to another; no hub ever does. The order is the
 * database's own.
 */
export type Scanner = {
  readonly [T in FactTable]: (from: string | undefined) => AsyncIterable<ScanPage<FactRows[T]>>
}

export type MemberRole = 'owner' | 'editor' | 'viewer'

export interface MemberRow {
  readonly projectId: string
  readonly accountId: string
  readonly role: MemberRole
  /** In this account's list only. */
  readonly hidden: boolean
  readonly sinceMs: number
}

/** The members of a project as of a version, which each change raises. */
export interface Membership {
  /** 0 where there never was a member. */
  readonly version: number
  readonly members: readonly MemberRow[]
}

export type MembershipChange =
  | { readonly kind: 'put'; readonly member: MemberRow }
  | { readonly kind: 'remove'; readonly accountId: string }

/** Both sides, by project and by account, always changed together. */
export interface MembershipStore {
  of(projectId: string, accountId: string): Promise<MemberRow | undefined>
  ofProject(projectId: string): Promise<Membership>
  ofAccount(accountId: string): Promise<MemberRow[]>
  /**
   * Applies all changes where the version is still the given one, and answers whether it did. So rules over all
   * members (there is always an owner) hold while several people change them at once.
   */
  change(
    projectId: string,
    version: number,
    changes: readonly MembershipChange[],
  ): Promise<'changed' | 'conflict'>
  /** Not a change of the membership: one writer, no version. Does nothing where it is no member. */
  setHidden(projectId: string, accountId: string, hidden: boolean): Promise<void>
}

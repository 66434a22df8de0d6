/**
 * The right of a compute host to run projects, for one term from each renewal. One row a host and not one a
 * project: what a million projects cost is then the renewals of their hosts.
 */
export interface LeaseRow {
  readonly host: string
  /** Rises with each change of the holder. */
  readonly epoch: number
  /** The incarnation of the project server that holds it; '' where it was taken from the host. */
  readonly holder: string
  /** Another one with each renewal: who sees the same one for a whole term knows that there was none. */
  readonly beat: string
  /** How long the holder may go on after a renewal; in the row, so that takers need not be configured alike. */
  readonly termMs: number
}

/** Each decided by the database itself, over all datacenters; what timed out may be asked again as it was. */
export interface LeaseStore {
  get(host: string): Promise<LeaseRow | undefined>
  /** Writes only where epoch and beat are the expected ones (undefined: there is no row). Answers what holds then. */
  take(row: LeaseRow, expected: Pick<LeaseRow, 'epoch' | 'beat'> | undefined): Promise<LeaseRow>
  /** Writes beat and term only where epoch and holder are those of the row. Answers what holds then, if anything. */
  renew(row: LeaseRow): Promise<LeaseRow | undefined>
}

export interface ProjectRow {
  readonly projectId: string
  readonly title: string
  readonly description: string
  readonly createdMs: number
  readonly lastUsedMs: number
  /** Set while it is in the trash. */
  readonly deletedMs: number | undefined
}

export type ProjectChange = Partial<Omit<ProjectRow, 'projectId' | 'createdMs'>>

export interface ProjectStore {
  /** Idempotent. */
  create(row: ProjectRow): Promise<void>
  get(projectId: string): Promise<ProjectRow | undefined>
  /** In the order asked; those that there are. At most 1,000. */
  getMany(projectIds: readonly string[]): Promise<ProjectRow[]>
  /** `deletedMs: undefined`, given, takes it out of the trash. Does nothing where there is no such project. */
  update(projectId: string, change: ProjectChange): Promise<void>
  /** After its files are gone. Members, invitations, location and use of files go with it. */
  purge(projectId: string): Promise<void>
}

/** Where a project runs. */
export interface LocationRow {
  readonly projectId: string
  readonly host: string
  /** Rises with each change of the host; an older one may neither run nor write the project. */
  readonly epoch: number
  /** When the lease was last renewed, by the database's side; 0 where hosts need no leases. */
  readonly renewedMs: number
}

export interface LocationStore {
  get(projectId: string): Promise<LocationRow | undefined>
  /**
   * Writes only where the epoch in the database is the expected one (undefined: there is no row), and answers
   * what holds then. Renewals go this way too.
   */
  claim(row: LocationRow, expectedEpoch: number | undefined): Promise<LocationRow>
}

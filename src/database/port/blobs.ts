export interface BlobRow {
  readonly sha256: string
  readonly contentType: string
  readonly sizeBytes: number
  readonly createdMs: number
}

/** Content-addressed, in chunks, so that no row is large. Who may read one follows from the projects that hold it. */
export interface BlobStore {
  /** Idempotent. It is there once this has been answered, and never in part. */
  put(row: BlobRow, content: Uint8Array): Promise<void>
  get(sha256: string): Promise<BlobRow | undefined>
  /** The chunks in order, read one at a time. */
  read(sha256: string): AsyncIterable<Uint8Array>
  /**
   * The project holds it until then; undefined: as long as the project exists. A hold never gets shorter.
   * A blob that nobody holds goes.
   */
  hold(projectId: string, sha256: string, untilMs: number | undefined): Promise<void>
  isHeldBy(projectId: string, sha256: string): Promise<boolean>
  /** At most 100 projects: a copied worksheet is in a few. */
  holders(sha256: string): Promise<string[]>
  /** For a database whose rows do not expire by themselves. */
  removeExpired(nowMs: number): Promise<void>
}

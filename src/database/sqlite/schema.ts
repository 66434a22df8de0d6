import type { SqlConnection } from './connection.ts'

/**
 * Numbered steps, each applied once in a transaction that also writes its number; never edited after a release.
 * The tables are those that Cassandra would have, so that one port fits both.
 */
const STEPS: readonly (readonly string[])[] = [
  [
    `CREATE TABLE accounts (account_id TEXT PRIMARY KEY, name TEXT NOT NULL, email TEXT NOT NULL,
      email_verified INTEGER NOT NULL, admin INTEGER NOT NULL, settings TEXT NOT NULL,
      password_hash TEXT NOT NULL, password_changed_ms INTEGER NOT NULL, created_ms INTEGER NOT NULL) STRICT`,
    `CREATE TABLE claims (kind TEXT NOT NULL, name TEXT NOT NULL, owner TEXT NOT NULL,
      PRIMARY KEY (kind, name)) STRICT, WITHOUT ROWID`,
    `CREATE TABLE sessions (token_hash TEXT PRIMARY KEY, session_id TEXT NOT NULL, account_id TEXT NOT NULL,
      created_ms INTEGER NOT NULL, last_used_ms INTEGER NOT NULL, ends_ms INTEGER NOT NULL,
      browser TEXT NOT NULL, address TEXT NOT NULL) STRICT`,
    `CREATE INDEX sessions_by_account ON sessions (account_id, created_ms)`,
    `CREATE TABLE tokens (purpose TEXT NOT NULL, token_hash TEXT NOT NULL, created_ms INTEGER NOT NULL,
      expires_ms INTEGER NOT NULL, data TEXT NOT NULL,
      PRIMARY KEY (purpose, token_hash)) STRICT, WITHOUT ROWID`,
    `CREATE TABLE projects (project_id TEXT PRIMARY KEY, title TEXT NOT NULL, description TEXT NOT NULL,
      created_ms INTEGER NOT NULL, last_used_ms INTEGER NOT NULL, deleted_ms INTEGER) STRICT`,
    `CREATE TABLE locations (project_id TEXT PRIMARY KEY, host TEXT NOT NULL, epoch INTEGER NOT NULL,
      renewed_ms INTEGER NOT NULL) STRICT`,
    `CREATE TABLE membership_versions (project_id TEXT PRIMARY KEY, version INTEGER NOT NULL) STRICT`,
    `CREATE TABLE members (project_id TEXT NOT NULL, account_id TEXT NOT NULL, role TEXT NOT NULL,
      hidden INTEGER NOT NULL, since_ms INTEGER NOT NULL,
      PRIMARY KEY (project_id, account_id)) STRICT, WITHOUT ROWID`,
    `CREATE INDEX members_by_account ON members (account_id)`,
    `CREATE TABLE invitations (invitation_id TEXT PRIMARY KEY, project_id TEXT, email TEXT NOT NULL,
      email_key TEXT NOT NULL, role TEXT NOT NULL, inviter_id TEXT NOT NULL, created_ms INTEGER NOT NULL,
      expires_ms INTEGER NOT NULL) STRICT`,
    `CREATE INDEX invitations_by_project ON invitations (project_id, created_ms)`,
    `CREATE INDEX invitations_by_email ON invitations (email_key, created_ms)`,
    `CREATE TABLE blobs (sha256 TEXT PRIMARY KEY, content_type TEXT NOT NULL, size_bytes INTEGER NOT NULL,
      created_ms INTEGER NOT NULL) STRICT`,
    `CREATE TABLE blob_chunks (sha256 TEXT NOT NULL, number INTEGER NOT NULL, content BLOB NOT NULL,
      PRIMARY KEY (sha256, number)) STRICT`,
    `CREATE TABLE blob_holds (sha256 TEXT NOT NULL, project_id TEXT NOT NULL, until_ms INTEGER,
      PRIMARY KEY (sha256, project_id)) STRICT, WITHOUT ROWID`,
    `CREATE INDEX blob_holds_by_project ON blob_holds (project_id)`,
  ],
  [
    `CREATE TABLE mails (mail_id TEXT PRIMARY KEY, created_ms INTEGER NOT NULL, recipient TEXT NOT NULL,
      reply_to TEXT, subject TEXT NOT NULL, body TEXT NOT NULL, state TEXT NOT NULL,
      attempts INTEGER NOT NULL, help_request_id TEXT) STRICT`,
    `CREATE INDEX mails_by_state ON mails (state, created_ms)`,
    `CREATE TABLE help_requests (help_request_id TEXT PRIMARY KEY, created_ms INTEGER NOT NULL,
      account_id TEXT, subject TEXT NOT NULL, body TEXT NOT NULL, attachments TEXT NOT NULL,
      from_name TEXT NOT NULL, from_email TEXT NOT NULL, state TEXT NOT NULL) STRICT`,
    `CREATE INDEX help_requests_by_account ON help_requests (account_id, created_ms)`,
    `CREATE INDEX help_requests_by_time ON help_requests (created_ms)`,
    `CREATE TABLE due (kind TEXT NOT NULL, id TEXT NOT NULL, due_ms INTEGER NOT NULL,
      PRIMARY KEY (kind, id)) STRICT, WITHOUT ROWID`,
    `CREATE INDEX due_by_time ON due (kind, due_ms)`,
    `CREATE TABLE file_use (project_id TEXT NOT NULL, time_ms INTEGER NOT NULL, account_id TEXT NOT NULL,
      path TEXT NOT NULL, action TEXT NOT NULL,
      PRIMARY KEY (project_id, time_ms, account_id, path, action)) STRICT, WITHOUT ROWID`,
    `CREATE TABLE minutes (time_ms INTEGER NOT NULL, hub_id TEXT NOT NULL, clients INTEGER NOT NULL,
      projects_running INTEGER NOT NULL, PRIMARY KEY (time_ms, hub_id)) STRICT, WITHOUT ROWID`,
    `CREATE TABLE attempts (key TEXT NOT NULL, time_ms INTEGER NOT NULL, attempt_id TEXT NOT NULL,
      expires_ms INTEGER NOT NULL, PRIMARY KEY (key, time_ms, attempt_id)) STRICT, WITHOUT ROWID`,
  ],
  [
    `CREATE TABLE host_leases (host TEXT PRIMARY KEY, epoch INTEGER NOT NULL, holder TEXT NOT NULL,
      beat TEXT NOT NULL, term_ms INTEGER NOT NULL) STRICT`,
  ],
  [
    // A claim before this step is old.
    `ALTER TABLE claims ADD COLUMN claimed_ms INTEGER NOT NULL DEFAULT 0`,
  ],
]

/** Brings the tables up to date. Two processes may do it at the same time. */
export async function applySchema(connection: SqlConnection): Promise<void> {
  await connection.run(
    `CREATE TABLE IF NOT EXISTS schema_steps (number INTEGER PRIMARY KEY) STRICT`,
  )
  for (const [index, statements] of STEPS.entries()) {
    if (await isApplied(connection, index + 1)) continue
    try {
      await connection.batch([
        { sql: 'INSERT INTO schema_steps (number) VALUES (?)', args: [index + 1] },
        ...statements.map((sql) => ({ sql, args: [] })),
      ])
    } catch (error) {
      // Another process was first: its step is there now.
      if (!(await isApplied(connection, index + 1))) throw error
    }
  }
}

async function isApplied(connection: SqlConnection, number: number): Promise<boolean> {
  const row = await connection.first('SELECT number FROM schema_steps WHERE number = ?', number)
  return row !== undefined
}

/** One step of the schema. Running it again, or half of it, leaves the same tables. */
export interface SchemaStep {
  readonly number: number
  readonly statements: readonly string[]
}

/** Rows that expire by themselves and are never changed: whole files go when their time is over. */
const EXPIRING = (windowDays: number): string => `
  AND compaction = {'class': 'TimeWindowCompactionStrategy',
    'compaction_window_unit': 'DAYS', 'compaction_window_size': ${windowDays}}
  AND gc_grace_seconds = 86400`

/**
 * Numbered steps, never edited after a release. A table answers one question; its first key is a partition, of which
 * `test/unit/database/cassandra-rules.test.ts` says why it stays small. What is written in two tables is written in
 * one logged batch. Times are milliseconds since 1970, names of columns end with their unit.
 */
export const SCHEMA_STEPS: readonly SchemaStep[] = [
  {
    number: 1,
    statements: [
      `CREATE TABLE IF NOT EXISTS accounts (
  account_id text PRIMARY KEY, name text, email text, email_verified boolean, admin boolean,
  settings text, password_hash text, password_changed_ms bigint, created_ms bigint)`,
      // For the administrator, who looks for a part of a name.
      `CREATE TABLE IF NOT EXISTS account_directory (
  bucket int, account_id text, name text, email text, created_ms bigint,
  PRIMARY KEY (bucket, account_id))`,
      // Written by lightweight transactions alone, as are takes, locations, host_leases and most of members_by_project.
      `CREATE TABLE IF NOT EXISTS claims (
  kind text, name text, owner text, claimed_ms bigint,
  PRIMARY KEY ((kind, name)))`,
      // Who was the one to use what can be used once.
      `CREATE TABLE IF NOT EXISTS takes (
  kind text, name text, taker text,
  PRIMARY KEY ((kind, name)))`,

      // Touched now and then, so without time windows.
      `CREATE TABLE IF NOT EXISTS sessions (
  token_hash text PRIMARY KEY, session_id text, account_id text, created_ms bigint,
  last_used_ms bigint, ends_ms bigint, browser text, address text)`,
      `CREATE TABLE IF NOT EXISTS sessions_by_account (
  account_id text, created_ms bigint, token_hash text, session_id text,
  last_used_ms bigint, ends_ms bigint, browser text, address text,
  PRIMARY KEY (account_id, created_ms, token_hash))
  WITH CLUSTERING ORDER BY (created_ms DESC, token_hash ASC)`,
      `CREATE TABLE IF NOT EXISTS tokens (
  purpose text, token_hash text, created_ms bigint, expires_ms bigint, data text,
  PRIMARY KEY ((purpose, token_hash)))
  WITH gc_grace_seconds = 86400`,
      `CREATE TABLE IF NOT EXISTS attempts (
  key text, time_ms bigint, attempt_id text,
  PRIMARY KEY (key, time_ms, attempt_id))
  WITH CLUSTERING ORDER BY (time_ms DESC, attempt_id ASC)
  AND compaction = {'class': 'TimeWindowCompactionStrategy',
    'compaction_window_unit': 'HOURS', 'compaction_window_size': 1}
  AND gc_grace_seconds = 86400`,

      `CREATE TABLE IF NOT EXISTS projects (
  project_id text PRIMARY KEY, title text, description text, created_ms bigint,
  last_used_ms bigint, deleted_ms bigint)`,
      `CREATE TABLE IF NOT EXISTS locations (
  project_id text PRIMARY KEY, host text, epoch bigint, renewed_ms bigint)`,
      `CREATE TABLE IF NOT EXISTS host_leases (
  host text PRIMARY KEY, epoch bigint, holder text, beat text, term_ms bigint)`,
      // The version and the rows of a project change in one lightweight transaction; the other side follows.
      `CREATE TABLE IF NOT EXISTS members_by_project (
  project_id text, account_id text, role text, since_ms bigint, hidden boolean,
  version int STATIC, stamp bigint STATIC, change_id text STATIC, pending text STATIC,
  settled bigint STATIC,
  PRIMARY KEY (project_id, account_id))`,
      `CREATE TABLE IF NOT EXISTS projects_by_account (
  account_id text, project_id text, role text, since_ms bigint, hidden boolean,
  PRIMARY KEY (account_id, project_id))`,

      `CREATE TABLE IF NOT EXISTS invitations (
  invitation_id text PRIMARY KEY, project_id text, email text, role text, inviter_id text,
  created_ms bigint, expires_ms bigint)`,
      `CREATE TABLE IF NOT EXISTS invitations_by_project (
  project_id text, created_ms bigint, invitation_id text, email text, role text,
  inviter_id text, expires_ms bigint,
  PRIMARY KEY (project_id, created_ms, invitation_id))
  WITH CLUSTERING ORDER BY (created_ms DESC, invitation_id ASC)`,
      `CREATE TABLE IF NOT EXISTS invitations_by_email (
  email_key text, created_ms bigint, invitation_id text, project_id text, email text,
  role text, inviter_id text, expires_ms bigint,
  PRIMARY KEY (email_key, created_ms, invitation_id))
  WITH CLUSTERING ORDER BY (created_ms DESC, invitation_id ASC)`,

      `CREATE TABLE IF NOT EXISTS blobs (
  sha256 text PRIMARY KEY, content_type text, size_bytes int, created_ms bigint)`,
      `CREATE TABLE IF NOT EXISTS blob_chunks (
  sha256 text, number int, content blob,
  PRIMARY KEY ((sha256, number)))`,
      `CREATE TABLE IF NOT EXISTS blob_holds (
  sha256 text, project_id text, until_ms bigint,
  PRIMARY KEY (sha256, project_id))`,
      `CREATE TABLE IF NOT EXISTS blobs_by_project (
  project_id text, shard int, sha256 text, until_ms bigint,
  PRIMARY KEY ((project_id, shard), sha256))`,
      // Blobs of which somebody looks on that day whether a project still holds them.
      `CREATE TABLE IF NOT EXISTS blob_checks (
  day int, shard int, sha256 text,
  PRIMARY KEY ((day, shard), sha256))
  WITH gc_grace_seconds = 86400`,
      `CREATE TABLE IF NOT EXISTS progress (
  name text PRIMARY KEY, value bigint)`,

      `CREATE TABLE IF NOT EXISTS mails (
  mail_id text PRIMARY KEY, created_ms bigint, recipient text, reply_to text, subject text,
  body text, state text, attempts int, help_request_id text)`,
      `CREATE TABLE IF NOT EXISTS mails_by_hour (
  state text, hour int, created_ms bigint, mail_id text,
  PRIMARY KEY ((state, hour), created_ms, mail_id))
  WITH CLUSTERING ORDER BY (created_ms DESC, mail_id ASC)
  AND gc_grace_seconds = 86400`,
      `CREATE TABLE IF NOT EXISTS mail_hours (
  state text, hour int, written_us bigint,
  PRIMARY KEY (state, hour))
  WITH CLUSTERING ORDER BY (hour DESC)
  AND gc_grace_seconds = 86400`,
      `CREATE TABLE IF NOT EXISTS help_requests (
  help_request_id text PRIMARY KEY, created_ms bigint, account_id text, subject text, body text,
  attachments text, from_name text, from_email text, state text)`,
      `CREATE TABLE IF NOT EXISTS help_by_account (
  account_id text, created_ms bigint, help_request_id text,
  PRIMARY KEY (account_id, created_ms, help_request_id))
  WITH CLUSTERING ORDER BY (created_ms DESC, help_request_id ASC)`,
      `CREATE TABLE IF NOT EXISTS help_by_month (
  month int, created_ms bigint, help_request_id text,
  PRIMARY KEY (month, created_ms, help_request_id))
  WITH CLUSTERING ORDER BY (created_ms DESC, help_request_id ASC)`,

      `CREATE TABLE IF NOT EXISTS due (
  kind text, id text, due_ms bigint, removed boolean,
  PRIMARY KEY ((kind, id)))`,
      `CREATE TABLE IF NOT EXISTS due_by_hour (
  kind text, hour int, due_ms bigint, id text,
  PRIMARY KEY ((kind, hour), due_ms, id))
  WITH gc_grace_seconds = 86400`,
      `CREATE TABLE IF NOT EXISTS due_hours (
  kind text, hour int, written_us bigint,
  PRIMARY KEY (kind, hour))
  WITH gc_grace_seconds = 86400`,

      `CREATE TABLE IF NOT EXISTS file_use (
  project_id text, day int, time_ms bigint, account_id text, path text, action text,
  PRIMARY KEY ((project_id, day), time_ms, account_id, path, action))
  WITH CLUSTERING ORDER BY (time_ms DESC, account_id ASC, path ASC, action ASC)${EXPIRING(14)}`,
      `CREATE TABLE IF NOT EXISTS file_use_days (
  project_id text, day int, written_us bigint,
  PRIMARY KEY (project_id, day))
  WITH CLUSTERING ORDER BY (day DESC)`,
      `CREATE TABLE IF NOT EXISTS minutes (
  hour int, time_ms bigint, hub_id text, clients int, projects_running int,
  PRIMARY KEY (hour, time_ms, hub_id))
  WITH CLUSTERING ORDER BY (time_ms DESC, hub_id ASC)${EXPIRING(14)}`,
    ],
  },
]

/** The schema that these programs are made for. */
export const SCHEMA_NUMBER = Math.max(...SCHEMA_STEPS.map((step) => step.number))

/** Which steps were run. Made before the first of them. */
export const SCHEMA_TABLES: readonly string[] = [
  `CREATE TABLE IF NOT EXISTS schema_steps (
  part text, number int,
  PRIMARY KEY (part, number))`,
  // One at a time changes tables: two nodes that make the same table at once would disagree.
  `CREATE TABLE IF NOT EXISTS schema_lock (
  part text PRIMARY KEY, holder text)`,
]

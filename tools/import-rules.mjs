/**
 * Who may import whom: the source of the layer check, and the same table as in ARCHITECTURE.md.
 * A folder of src/ may import itself and these. A new arrow is a commit of its own.
 *
 * @type {Record<string, string[]>}
 */
export const ALLOWED_IMPORTS = {
  util: [],
  messages: ['util'],
  sync: ['util'],
  documents: ['util', 'sync'],
  database: ['util'],
  daemon: ['util', 'messages'],
  hub: ['util', 'messages', 'daemon', 'database'],
  'local-hub': ['util', 'messages', 'daemon', 'sync', 'documents'],
  'project-server': ['util', 'messages', 'daemon'],
  programs: ['util', 'messages'],
  client: ['util', 'messages', 'sync', 'documents'],
  admin: ['util', 'messages', 'daemon', 'database'],
}

/** Folders that run in browsers and in Node alike, or in browsers only: no module of Node. */
export const FOLDERS_WITHOUT_NODE = ['util', 'messages', 'sync', 'documents', 'client']

/**
 * The folders that own a third-party package, as prefixes below src/. Only they may import it, so
 * that replacing a package is work in one place. A package that is not listed may be imported by
 * no one: add it here, with the folder that owns it.
 *
 * @type {Record<string, string[]>}
 */
export const PACKAGE_OWNERS = {
  'smol-toml': ['admin'],
  zod: ['messages', 'daemon', 'database', 'hub', 'local-hub', 'project-server', 'client', 'admin'],
  '@codemirror/state': ['sync', 'client'],
  'diff-match-patch': ['sync'],
  '@codemirror/(?!state)[^/]+': ['client'],
  '@lezer/[^/]+': ['client'],
  'markdown-it': ['client'],
  'react(-dom)?': ['client'],
  '@base-ui/react': ['client/ui', 'client'],
  '@xterm/(xterm|addon-fit|addon-search)': ['client'],
  '@xterm/(headless|addon-serialize)': ['local-hub/console'],
  'engine\\.io-client': ['client/connection'],
  dompurify: ['client'],
  katex: ['client'],
  idb: ['client'],
  primus: ['hub', 'client/connection'],
  'engine\\.io': ['hub'],
  express: ['hub'],
  ws: ['hub'],
  nodemailer: ['hub/mail'],
  'prom-client': ['daemon', 'hub'],
  pino: ['daemon'],
  libsql: ['database/sqlite'],
  '@nats-io/transport-node': ['hub/bus'],
  '@node-rs/argon2': ['hub/auth', 'hub', 'admin'],
  'node-pty': ['local-hub/console'],
  'cassandra-driver': ['database/cassandra'],
  'http-proxy': ['hub/proxy'],
  zeromq: ['local-hub/jupyter'],
}

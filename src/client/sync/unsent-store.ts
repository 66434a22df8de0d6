import { openDB } from 'idb'
import type { DBSchema, IDBPDatabase } from 'idb'

/** What one session of one document has not yet been told is committed; kept in this browser. */
export interface UnsentRecord {
  readonly sid: string
  /** Account, project and path: a person finds only their own, and only for this document. */
  readonly document: string
  readonly savedMs: number
  /** Changes that are kept, for people. */
  readonly changes: number
  /** The typed text alone, for the case that nothing can be merged any more. */
  readonly text: string
  /** The state of the session as src/sync exports it, in JSON. */
  readonly state: string
}

interface Schema extends DBSchema {
  unsent: { key: string; value: UnsentRecord; indexes: { document: string } }
}

/** Where unsent changes are kept. */
export interface UnsentStore {
  readonly put: (record: UnsentRecord) => Promise<void>
  readonly remove: (sid: string) => Promise<void>
  readonly ofDocument: (document: string) => Promise<readonly UnsentRecord[]>
}

const DATABASE = 'salvus'
const VERSION = 1

let opened: Promise<IDBPDatabase<Schema>> | undefined

function database(): Promise<IDBPDatabase<Schema>> {
  opened ??= openDB<Schema>(DATABASE, VERSION, {
    upgrade: (fresh) => {
      fresh.createObjectStore('unsent', { keyPath: 'sid' }).createIndex('document', 'document')
    },
    terminated: () => {
      opened = undefined
    },
  })
  return opened
}

/** IndexedDB, shared by all tabs of the origin. */
export const indexedDbStore: UnsentStore = {
  put: async (record) => {
    await (await database()).put('unsent', record)
  },
  remove: async (sid) => {
    await (await database()).delete('unsent', sid)
  },
  ofDocument: async (document) =>
    (await database()).getAllFromIndex('unsent', 'document', document),
}

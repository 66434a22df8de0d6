import { openDB } from 'idb'
import type { DBSchema, IDBPDatabase } from 'idb'

import type { UnsentState } from '../../sync/client.ts'
import type { KeptText } from './open-document.ts'

/** What one session of one document has not been told is committed; kept in this browser. */
export interface UnsentRecord {
  readonly sid: string
  /** Account, project and path: a person finds only their own, and only for this document. */
  readonly document: string
  readonly savedMs: number
  readonly state: UnsentState
}

export interface KeptRecord extends KeptText {
  readonly document: string
}

interface Schema extends DBSchema {
  unsent: { key: string; value: UnsentRecord; indexes: { document: string } }
  kept: { key: string; value: KeptRecord; indexes: { document: string } }
}

/** Where unsent changes, and texts that could not be merged, are kept. */
export interface UnsentStore {
  readonly put: (record: UnsentRecord) => Promise<void>
  readonly remove: (sid: string) => Promise<void>
  readonly ofDocument: (document: string) => Promise<readonly UnsentRecord[]>
  readonly putKept: (record: KeptRecord) => Promise<void>
  readonly removeKept: (id: string) => Promise<void>
  readonly keptOfDocument: (document: string) => Promise<readonly KeptRecord[]>
}

const DATABASE = 'salvus'
const VERSION = 1

let opened: Promise<IDBPDatabase<Schema>> | undefined

function database(): Promise<IDBPDatabase<Schema>> {
  opened ??= openDB<Schema>(DATABASE, VERSION, {
    upgrade: (fresh) => {
      fresh.createObjectStore('unsent', { keyPath: 'sid' }).createIndex('document', 'document')
      fresh.createObjectStore('kept', { keyPath: 'id' }).createIndex('document', 'document')
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
  remove: async (sid) => (await database()).delete('unsent', sid),
  ofDocument: async (document) =>
    (await database()).getAllFromIndex('unsent', 'document', document),
  putKept: async (record) => {
    await (await database()).put('kept', record)
  },
  removeKept: async (id) => (await database()).delete('kept', id),
  keptOfDocument: async (document) =>
    (await database()).getAllFromIndex('kept', 'document', document),
}

import { openDB } from 'idb'
import type { DBSchema, IDBPDatabase } from 'idb'

import type { UnsentState } from '../../sync/client.ts'
import type { KeptText } from './open-document.ts'
import type { UnsentStep } from './unsent-steps.ts'

/** What one session of one document has not been told is committed; kept in this browser. */
export interface UnsentRecord {
  readonly sid: string
  /** Account, project and path: a person finds only their own, and only for this document. */
  readonly document: string
  readonly savedMs: number
  /** How many changes a person would call it; the page's first version did not say. */
  readonly changes?: number
  readonly state: UnsentState
}

/** A record with what was done since it was written. */
export interface KeptUnsent extends UnsentRecord {
  readonly changes: number
  readonly steps: readonly UnsentStep[]
}

export interface KeptRecord extends KeptText {
  readonly document: string
}

/** What was done since a record was written, or since the steps before. */
export interface UnsentSteps {
  readonly sid: string
  /** New since the record was written, and greater than before. */
  readonly seq: number
  /** As the record's, now. */
  readonly changes: number
  readonly steps: readonly UnsentStep[]
}

interface Schema extends DBSchema {
  unsent: { key: string; value: UnsentRecord; indexes: { document: string } }
  steps: { key: [string, number]; value: UnsentSteps }
  kept: { key: string; value: KeptRecord; indexes: { document: string } }
}

/** Where unsent changes, and texts that could not be merged, are kept. */
export interface UnsentStore {
  /** In place of the session's record and its steps, all or nothing. */
  readonly put: (record: UnsentRecord) => Promise<void>
  /** Adds steps to the session's record. */
  readonly append: (steps: UnsentSteps) => Promise<void>
  readonly remove: (sid: string) => Promise<void>
  readonly ofDocument: (document: string) => Promise<readonly KeptUnsent[]>
  readonly putKept: (record: KeptRecord) => Promise<void>
  readonly removeKept: (id: string) => Promise<void>
  readonly keptOfDocument: (document: string) => Promise<readonly KeptRecord[]>
}

const DATABASE = 'salvus'
/** 1: unsent, kept. 2: steps. */
const VERSION = 2

let opened: Promise<IDBPDatabase<Schema>> | undefined

function database(): Promise<IDBPDatabase<Schema>> {
  opened ??= open()
  return opened
}

async function open(): Promise<IDBPDatabase<Schema>> {
  const forget = (): void => {
    opened = undefined
  }
  try {
    return await openDB<Schema>(DATABASE, VERSION, {
      upgrade: (fresh, from) => {
        if (from < 1) {
          fresh.createObjectStore('unsent', { keyPath: 'sid' }).createIndex('document', 'document')
          fresh.createObjectStore('kept', { keyPath: 'id' }).createIndex('document', 'document')
        }
        if (from < 2) fresh.createObjectStore('steps', { keyPath: ['sid', 'seq'] })
      },
      // A tab with a newer version of the page waits for this one to let go; it is opened again when it is needed.
      blocking: (_current, _blocked, event) => {
        forget()
        if (event.target instanceof IDBDatabase) event.target.close()
      },
      terminated: forget,
    })
  } catch (error) {
    // The next change tries again: a quota may have been raised.
    forget()
    throw error
  }
}

/** All steps of a session: keys are compared item by item, and an array stands behind every number. */
function stepsOf(sid: string): IDBKeyRange {
  return IDBKeyRange.bound([sid], [sid, []])
}

/**
 * By itself a transaction ends when its page has heard of its last request. A page that is being closed hears nothing
 * any more, and what it wrote last would be lost.
 */
function committed(transaction: {
  readonly commit: () => void
  readonly done: Promise<void>
}): Promise<void> {
  transaction.commit()
  return transaction.done
}

/** IndexedDB, shared by all tabs of the origin. Writes take place in the order in which they were asked for. */
export const indexedDbStore: UnsentStore = {
  put: async (record) => {
    const transaction = (await database()).transaction(['unsent', 'steps'], 'readwrite')
    await Promise.all([
      transaction.objectStore('steps').delete(stepsOf(record.sid)),
      transaction.objectStore('unsent').put(record),
      committed(transaction),
    ])
  },
  append: async (steps) => {
    const transaction = (await database()).transaction('steps', 'readwrite')
    await Promise.all([transaction.store.put(steps), committed(transaction)])
  },
  remove: async (sid) => {
    const transaction = (await database()).transaction(['unsent', 'steps'], 'readwrite')
    await Promise.all([
      transaction.objectStore('unsent').delete(sid),
      transaction.objectStore('steps').delete(stepsOf(sid)),
      committed(transaction),
    ])
  },
  ofDocument: async (document) => {
    const transaction = (await database()).transaction(['unsent', 'steps'])
    const records = await transaction.objectStore('unsent').index('document').getAll(document)
    return Promise.all(
      records.map(async (record) => {
        const rows = await transaction.objectStore('steps').getAll(stepsOf(record.sid))
        const { changes = 1 } = rows.at(-1) ?? record
        return { ...record, changes, steps: rows.flatMap(({ steps }) => steps) }
      }),
    )
  },
  putKept: async (record) => {
    const transaction = (await database()).transaction('kept', 'readwrite')
    await Promise.all([transaction.store.put(record), committed(transaction)])
  },
  removeKept: async (id) => (await database()).delete('kept', id),
  keptOfDocument: async (document) =>
    (await database()).getAllFromIndex('kept', 'document', document),
}

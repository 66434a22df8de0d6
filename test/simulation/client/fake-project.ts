import { Value } from '../../../src/client/app/observable.ts'
import type {
  ProjectConnection,
  ProjectConnectionState,
} from '../../../src/client/connection/project-connection.ts'
import { RequestError } from '../../../src/client/connection/request-error.ts'
import type { SessionLocks } from '../../../src/client/sync/session-locks.ts'
import type { KeptRecord, KeptUnsent, UnsentStore } from '../../../src/client/sync/unsent-store.ts'
import type { Role } from '../../../src/messages/ids.ts'
import type { DocumentState } from '../../../src/sync/document-state.ts'
import { createOwner } from '../../../src/sync/open-owner.ts'
import { takeTurn } from '../../../src/sync/outbox.ts'
import { detach, receiveAtOwner } from '../../../src/sync/receive.ts'

/** A local hub with one document, and the connections to it: nothing moves until the test delivers it. */
export class FakeHub {
  owner
  readonly connections = new Map<string, FakeRoute>()
  #connectionCount = 0

  constructor(state: DocumentState) {
    this.owner = createOwner({ term: 1, state })
  }

  /** Starts again from another document, and knows nothing of what was before: as after a power failure. */
  restart(state: DocumentState): void {
    for (const route of [...this.connections.values()]) route.lose()
    this.owner = createOwner({ term: this.owner.term + 1, state })
  }

  connect(route: FakeRoute): string {
    const id = `connection ${++this.#connectionCount}`
    this.connections.set(id, route)
    return id
  }

  receive(id: string, route: FakeRoute, bytes: Uint8Array): void {
    const person = {
      accountId: route.accountId,
      name: route.accountId,
      canEdit: route.role !== 'viewer',
    }
    receiveAtOwner(this.owner, { connection: id, person }, bytes, 0)
    this.turn()
  }

  leave(id: string): void {
    this.connections.delete(id)
    detach(this.owner, id)
    this.turn()
  }

  turn(): void {
    for (const { to, bytes } of takeTurn(this.owner).sends)
      for (const id of to) this.connections.get(id)?.down.push(bytes)
  }
}

/** One tab's route to the hub. */
export class FakeRoute {
  readonly accountId: string
  readonly hub: FakeHub
  role: Role = 'editor'
  /** Refuses what is asked, as a local hub that has too much to do. */
  busy = false
  requests = 0
  readonly up: Uint8Array[] = []
  readonly down: Uint8Array[] = []
  /** The kind (SPEC.md) of each message that was sent. */
  readonly sentKinds: (number | undefined)[] = []
  readonly state: Value<ProjectConnectionState>
  readonly epoch = new Value(0)
  #id: string | undefined
  #onPayload: ((payload: Uint8Array) => void) | undefined

  constructor(hub: FakeHub, accountId: string) {
    this.hub = hub
    this.accountId = accountId
    this.state = new Value<ProjectConnectionState>({ kind: 'lost', sinceMs: 0 })
  }

  open(): void {
    if (this.#id !== undefined) return
    this.#id = this.hub.connect(this)
    this.state.set({ kind: 'open', sinceMs: 0, role: this.role })
    this.epoch.update((epoch) => epoch + 1)
  }

  /** The connection dies: what is under way is lost, in both directions. */
  lose(): void {
    if (this.#id === undefined) return
    this.hub.leave(this.#id)
    this.#id = undefined
    this.#onPayload = undefined
    this.up.length = 0
    this.down.length = 0
    this.state.set({ kind: 'lost', sinceMs: 0 })
  }

  deliverUp(): boolean {
    const bytes = this.up.shift()
    if (bytes && this.#id !== undefined) this.hub.receive(this.#id, this, bytes)
    return bytes !== undefined
  }

  deliverDown(): boolean {
    if (!this.#onPayload) return false
    const bytes = this.down.shift()
    if (bytes) this.#onPayload(bytes)
    return bytes !== undefined
  }

  /** As much of a ProjectConnection as a document asks of it. */
  get project(): ProjectConnection {
    const project = {
      projectId: 'project',
      state: this.state,
      epoch: this.epoch,
      on: () => () => undefined,
      notify: () => undefined,
      request: async (event: string) => {
        if (this.#id === undefined) throw new RequestError('closed', 'no route')
        this.requests++
        if (this.busy) throw new RequestError('too_many_requests', 'busy')
        return event === 'open_document'
          ? {
              channel: 1,
              path: 'a.txt',
              kind: 'text',
              disk: { state: 'saved', sinceMs: 0, readOnly: false },
              remarks: [],
              durability: 'process',
            }
          : {}
      },
      openChannel: (_channel: number, onPayload: (payload: Uint8Array) => void) => {
        const id = this.#id
        this.#onPayload = onPayload
        return {
          send: (payload: Uint8Array) => {
            if (id === undefined || id !== this.#id) return
            this.sentKinds.push(payload[0])
            this.up.push(payload)
          },
          close: () => undefined,
        }
      },
      reopen: () => undefined,
      close: () => undefined,
    }
    return project as unknown as ProjectConnection
  }
}

/** What a browser keeps, for all its tabs; a tab that is gone writes nothing and holds no lock. */
export class FakeBrowser {
  readonly unsent = new Map<string, KeptUnsent>()
  readonly kept = new Map<string, KeptRecord>()
  /** Keeps nothing, as a private window or a full disk. */
  full = false
  readonly #held = new Map<string, object>()

  tab(): { store: UnsentStore; locks: SessionLocks; crash: () => void } {
    const tab = {}
    let alive = true
    const store: UnsentStore = {
      put: async (record) => {
        if (this.full) throw new DOMException('the disk is full', 'QuotaExceededError')
        if (alive)
          this.unsent.set(record.sid, structuredClone({ changes: 1, ...record, steps: [] }))
      },
      append: async ({ sid, changes, steps }) => {
        const record = this.unsent.get(sid)
        if (!alive || !record) return
        const all = [...record.steps, ...structuredClone(steps)]
        this.unsent.set(sid, { ...record, changes, steps: all })
      },
      remove: async (sid) => void (alive && this.unsent.delete(sid)),
      ofDocument: async (document) =>
        [...this.unsent.values()].filter((record) => record.document === document),
      putKept: async (record) => void (alive && this.kept.set(record.id, structuredClone(record))),
      removeKept: async (id) => void (alive && this.kept.delete(id)),
      keptOfDocument: async () => [...this.kept.values()],
    }
    const locks: SessionLocks = {
      take: async (sid) => {
        if (this.#held.has(sid)) return undefined
        this.#held.set(sid, tab)
        return () => this.#held.delete(sid)
      },
    }
    const crash = (): void => {
      alive = false
      for (const [sid, holder] of this.#held) if (holder === tab) this.#held.delete(sid)
    }
    return { store, locks, crash }
  }
}

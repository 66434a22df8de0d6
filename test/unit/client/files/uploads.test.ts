import { beforeEach, describe, expect, it, vi } from 'vitest'

import { Value } from '../../../../src/client/app/observable.ts'
import type {
  ProjectConnection,
  ProjectConnectionState,
} from '../../../../src/client/connection/project-connection.ts'
import { RequestError } from '../../../../src/client/connection/request-error.ts'
import { Uploads } from '../../../../src/client/files/uploads.ts'
import { CHUNK_BYTES, WINDOW_BYTES } from '../../../../src/messages/limits.ts'

const OPEN: ProjectConnectionState = { kind: 'open', role: 'editor', sinceMs: 0 }

/** A local hub that takes uploads; a test breaks its connection and looks at what has come. */
class FakeProject {
  readonly state = new Value<ProjectConnectionState>(OPEN)
  readonly requests: [string, Record<string, unknown>][] = []
  readonly files = new Map<string, number>()
  received = 0
  /** Bytes that are on their way, of which nothing was acknowledged. */
  unacknowledgedMax = 0
  acknowledges = true
  breakAfterBytes = Infinity
  #listeners: ((notice: { channel: number; receivedBytes: number }) => void)[] = []
  #sent = 0

  request(event: string, body: Record<string, unknown>): Promise<unknown> {
    this.requests.push([event, body])
    if (event === 'open_upload') {
      this.#sent = this.received
      return Promise.resolve({ channel: 5, uploadId: 'u1', offset: this.received })
    }
    if (event === 'finish_upload') {
      this.files.set('file', this.received)
      return Promise.resolve({ path: 'data/big.bin' })
    }
    if (event === 'create_file') return Promise.reject(new RequestError('exists', 'there is one'))
    return Promise.resolve({})
  }

  on(event: string, listener: (notice: { channel: number; receivedBytes: number }) => void) {
    if (event === 'upload_progress') this.#listeners.push(listener)
    return () => {
      this.#listeners = this.#listeners.filter((one) => one !== listener)
    }
  }

  openChannel() {
    return {
      send: (payload: Uint8Array) => {
        this.#sent += payload.length
        this.unacknowledgedMax = Math.max(this.unacknowledgedMax, this.#sent - this.received)
        if (this.#sent > this.breakAfterBytes) {
          this.breakAfterBytes = Infinity
          this.state.set({ kind: 'lost', sinceMs: 0 })
          queueMicrotask(() => setTimeout(() => this.state.set(OPEN)))
        } else if (this.acknowledges) setTimeout(() => this.acknowledge())
      },
      close: () => undefined,
    }
  }

  acknowledge(): void {
    if (this.state.get().kind !== 'open') return
    this.received = Math.min(this.#sent, this.received + CHUNK_BYTES)
    for (const listener of this.#listeners) listener({ channel: 5, receivedBytes: this.received })
  }
}

let fake: FakeProject
let uploads: Uploads

beforeEach(() => {
  const kept = new Map<string, string>()
  vi.stubGlobal('localStorage', {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => kept.set(key, value),
    removeItem: (key: string) => kept.delete(key),
  })
  fake = new FakeProject()
  // The part of the port that uploads use.
  uploads = new Uploads(fake as unknown as ProjectConnection)
})

function add(sizeBytes: number, path = 'big.bin'): void {
  uploads.add('data', [{ path, file: new File([new Uint8Array(sizeBytes)], 'big.bin') }])
}

function settled(state: string): Promise<void> {
  return vi.waitFor(() => expect(uploads.list.get()[0]?.state).toBe(state), { timeout: 20_000 })
}

describe('an upload', () => {
  it('sends the whole file within the window, and finishes', async () => {
    const sizeBytes = 9 * CHUNK_BYTES + 17
    add(sizeBytes)
    await settled('done')
    expect(fake.files.get('file')).toBe(sizeBytes)
    expect(fake.unacknowledgedMax).toBeLessThanOrEqual(WINDOW_BYTES)
    expect(uploads.list.get()[0]).toMatchObject({ path: 'data/big.bin', receivedBytes: sizeBytes })
  })

  it('sends an empty file', async () => {
    add(0)
    await settled('done')
    expect(fake.files.get('file')).toBe(0)
  })

  it('goes on where it was after the route was lost', async () => {
    fake.breakAfterBytes = 6 * CHUNK_BYTES
    add(12 * CHUNK_BYTES)
    await settled('done')
    const opened = fake.requests.filter(([event]) => event === 'open_upload')
    expect(opened.map(([, body]) => body['uploadId'])).toEqual([undefined, 'u1'])
    expect(fake.files.get('file')).toBe(12 * CHUNK_BYTES)
  })

  it('is cancelled on both sides', async () => {
    fake.acknowledges = false
    add(20 * CHUNK_BYTES)
    await settled('sending')
    uploads.cancel(uploads.list.get()[0]?.id ?? 0)
    await vi.waitFor(
      () => expect(fake.requests.map(([event]) => event)).toContain('cancel_upload'),
      { timeout: 20_000 },
    )
    expect(uploads.list.get()[0]?.state).toBe('cancelled')
  })

  it('makes the folders of a dropped folder first, and takes those that are there', async () => {
    add(1, 'photos/2026/big.bin')
    await settled('done')
    const made = fake.requests.filter(([event]) => event === 'create_file')
    expect(made.map(([, body]) => body['path'])).toEqual(['data/photos', 'data/photos/2026'])
  })
})

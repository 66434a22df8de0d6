import type { Broadcast, Channels, ChannelOwner, LocalClient } from '../../src/local-hub/client.ts'
import {
  accountId,
  type ChannelId,
  channelId,
  clientId,
  type Role,
} from '../../src/messages/ids.ts'

export interface ReceivedNotice {
  readonly event: string
  readonly body: unknown
}

/** A client of a local hub that keeps what it is sent, and wakes who waits for something. */
export class TestClient implements LocalClient {
  readonly id
  readonly accountId = accountId.parse('6f9d3c1e-6d0f-4d7e-9b8a-0a9f6f0c2b11')
  readonly name: string
  role: Role
  #behind = false
  readonly #behindCallbacks = new Set<(behind: boolean) => void>()
  readonly notices: ReceivedNotice[] = []
  readonly binary: { channel: ChannelId; payload: Uint8Array }[] = []
  readonly #leaving = new AbortController()
  readonly #waiting = new Set<() => void>()

  constructor(id: number, role: Role = 'editor', name = `person ${id}`) {
    this.id = clientId.parse(id)
    this.role = role
    this.name = name
  }

  get behind(): boolean {
    return this.#behind
  }

  onBehind(changed: (behind: boolean) => void): () => void {
    this.#behindCallbacks.add(changed)
    return () => this.#behindCallbacks.delete(changed)
  }

  setBehind(behind: boolean): void {
    this.#behind = behind
    for (const changed of this.#behindCallbacks) changed(behind)
  }

  get left(): AbortSignal {
    return this.#leaving.signal
  }

  leave(): void {
    this.#leaving.abort()
  }

  notify(event: string, body: unknown): void {
    this.notices.push({ event, body })
    this.#wake()
  }

  sendBinary(channel: ChannelId, payload: Uint8Array): void {
    this.binary.push({ channel, payload: payload.slice() })
    this.#wake()
  }

  /** Waits until something is true of what was received. */
  async until(condition: () => boolean, deadlineMs = 60_000): Promise<void> {
    if (condition()) return
    await new Promise<void>((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#waiting.delete(check)
        reject(new Error(`not received within ${deadlineMs} ms: ${String(condition)}`))
      }, deadlineMs)
      const check = (): void => {
        if (!condition()) return
        clearTimeout(timer)
        this.#waiting.delete(check)
        resolve()
      }
      this.#waiting.add(check)
    })
  }

  async notice(event: string, deadlineMs?: number): Promise<unknown> {
    await this.until(() => this.notices.some((notice) => notice.event === event), deadlineMs)
    return this.notices.find((notice) => notice.event === event)?.body
  }

  #wake(): void {
    for (const check of this.#waiting) check()
  }
}

export class TestChannels implements Channels {
  readonly owners = new Map<ChannelId, ChannelOwner>()
  #last = 0

  open(owner: ChannelOwner): ChannelId {
    const channel = channelId.parse(++this.#last)
    this.owners.set(channel, owner)
    return channel
  }

  close(channel: ChannelId): void {
    this.owners.delete(channel)
  }

  receive(channel: ChannelId, client: LocalClient, payload: Uint8Array): void {
    this.owners.get(channel)?.receive(client, payload)
  }
}

export const testBroadcast: Broadcast = {
  notify(clients, event, body) {
    for (const client of clients) client.notify(event, body)
  },
  sendBinary(clients, channel, payload) {
    for (const client of clients) client.sendBinary(channel, payload)
  },
}

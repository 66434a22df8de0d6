import { randomUUID } from 'node:crypto'

import type { Logger } from '../../daemon/logging.ts'
import { busEvent, hubBeat } from '../../messages/hub-to-hub.ts'
import type { BusEvent } from '../../messages/hub-to-hub.ts'
import { parseJson } from '../../messages/parse-json.ts'
import type { Bus, BusSubject } from './bus.ts'
import { BEAT_MS, HeardHubs } from './heard-hubs.ts'
import { LocalListeners } from './local-listeners.ts'
import { NatsLine } from './nats-line.ts'
import type { NatsServers } from './nats-line.ts'
import { Published } from './published.ts'
import type { HubFigures, Roster } from './roster.ts'

/** A help request is the longest that is published; what is longer is told as `missed`. */
const MESSAGE_BYTES_MAX = 128 * 1024

export interface NatsBusOptions extends NatsServers {
  /** Begins all subjects: installations that share servers have different ones. */
  readonly prefix: string
  readonly hubId: string
  readonly build: string
  readonly logger: Logger
  /** A hub of which nothing was heard for so long is taken for gone, in milliseconds; default 3 s. */
  readonly silentMs?: number | undefined
  /** Milliseconds of a monotonic clock. */
  readonly now?: () => number
}

/** The bus of many hubs. It is `away` until it has found a server; that does not keep a hub from serving. */
export class NatsBus implements Bus {
  readonly roster: Roster
  readonly #options: NatsBusOptions
  readonly #now: () => number
  readonly #life = randomUUID()
  readonly #listeners: LocalListeners
  readonly #published: Published
  readonly #hubs: HeardHubs
  readonly #line: NatsLine
  readonly #rosterListeners = new Set<() => void>()
  readonly #beats: NodeJS.Timeout
  #figures: () => HubFigures = () => ({ draining: false, clients: 0 })
  #beat = 0
  #awaySinceMs: number | undefined
  #closed = false

  constructor(options: NatsBusOptions) {
    const { logger, hubId, now = () => performance.now() } = options
    this.#options = options
    this.#now = now
    this.#awaySinceMs = now()
    this.#listeners = new LocalListeners(logger)
    this.#published = new Published(now)
    this.#hubs = new HeardHubs({
      self: { hubId, life: this.#life },
      silentMs: options.silentMs,
      now,
      onMissed: (why) => this.#missed(why),
      onChange: () => this.#rosterChanged(),
    })
    this.roster = this.#createRoster()
    this.#line = new NatsLine({
      ...options,
      name: `salvus hub ${hubId}`,
      onUp: () => this.#isUp(),
      onDown: () => this.#isDown(),
    })
    this.#line.receive(this.#wire('beats'), (payload) => this.#heardBeat(payload))
    this.#line.receive(this.#wire('hubs'), (payload) => this.#heard('hubs', payload))
    this.#beats = setInterval(() => this.#tick(), BEAT_MS)
    this.#beats.unref()
  }

  get awaySinceMs(): number | undefined {
    return this.#awaySinceMs
  }

  publish(subject: BusSubject, event: BusEvent): void {
    queueMicrotask(() => {
      if (!this.#closed) this.#listeners.tell(subject, event)
    })
    this.#published.note(subject, this.#send(subject, event))
  }

  subscribe(subject: BusSubject, listener: (event: BusEvent) => void): () => void {
    const isFirst = !this.#listeners.has(subject)
    const unsubscribe = this.#listeners.add(subject, listener, () => {
      if (subject !== 'hubs') this.#line.ignore(this.#wire(subject))
    })
    if (isFirst && subject !== 'hubs') {
      this.#line.receive(this.#wire(subject), (payload) => this.#heard(subject, payload))
    }
    return unsubscribe
  }

  settled(): Promise<void> {
    return this.#line.settled()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true
    clearInterval(this.#beats)
    this.#sendBeat(true)
    this.#listeners.clear()
    this.#rosterListeners.clear()
    await this.#line[Symbol.asyncDispose]()
  }

  #wire(subject: string): string {
    return `${this.#options.prefix}.${subject}`
  }

  /** Answers whether a server has got it. */
  #send(subject: BusSubject, event: BusEvent): boolean {
    const payload = Buffer.from(JSON.stringify(event))
    const max = Math.min(MESSAGE_BYTES_MAX, this.#line.payloadBytesMax ?? MESSAGE_BYTES_MAX)
    if (payload.length <= max) return this.#line.send(this.#wire(subject), payload)
    const { logger } = this.#options
    logger.warn({ kind: event.kind, bytes: payload.length }, 'an event is too large for the bus')
    return this.#line.send(this.#wire(subject), Buffer.from('{"kind":"missed"}'))
  }

  #heard(subject: BusSubject, payload: Uint8Array): void {
    if (this.#closed) return
    const parsed = busEvent.safeParse(read(payload))
    if (!parsed.success) {
      // Of another program, or of a newer hub; in both cases this one has nothing to do with it.
      this.#options.logger.warn({ subject, bytes: payload.length }, 'not an event of the bus')
      return
    }
    if (subject === 'hubs' && parsed.data.kind === 'missed') {
      this.#missed('another hub could not tell what it published')
    } else this.#listeners.tell(subject, parsed.data)
  }

  #heardBeat(payload: Uint8Array): void {
    if (this.#closed) return
    const parsed = hubBeat.safeParse(read(payload))
    if (!parsed.success) this.#options.logger.warn('not a beat of a hub')
    else if (parsed.data.life !== this.#life) this.#hubs.heard(parsed.data)
  }

  /** From now on nothing is lost; what was, here and for the others, is to be read anew. */
  #isUp(): void {
    this.#awaySinceMs = undefined
    this.#hubs.listenAnew()
    const doubtful = this.#published.take()
    for (const subject of doubtful === 'all' ? (['hubs'] as const) : doubtful) {
      this.#send(subject, { kind: 'missed' })
    }
    this.#sendBeat(false)
    this.#missed('the bus was away')
  }

  #isDown(): void {
    this.#awaySinceMs = this.#now()
    this.#published.hold()
    this.#hubs.listenAnew()
  }

  #missed(why: string): void {
    if (this.#closed) return
    this.#options.logger.info({ why }, 'events may have been lost: reading anew')
    this.#listeners.tellAllMissed()
  }

  #tick(): void {
    this.#hubs.tick()
    this.#sendBeat(false)
  }

  #sendBeat(leaving: boolean): void {
    if (!this.#line.up) return
    const { hubId, build } = this.#options
    const beat = { hubId, life: this.#life, beat: ++this.#beat, leaving, build, ...this.#figures() }
    this.#line.send(this.#wire('beats'), Buffer.from(JSON.stringify(beat)))
  }

  #rosterChanged(): void {
    for (const changed of [...this.#rosterListeners]) changed()
  }

  #createRoster(): Roster {
    const hubs = this.#hubs
    return {
      get others() {
        return hubs.others
      },
      get isSteward() {
        return hubs.isSteward
      },
      onChange: (changed) => {
        this.#rosterListeners.add(changed)
        return () => this.#rosterListeners.delete(changed)
      },
      describe: (figures) => {
        this.#figures = figures
      },
    }
  }
}

function read(payload: Uint8Array): unknown {
  try {
    const { buffer, byteOffset, length } = payload
    return parseJson(Buffer.from(buffer, byteOffset, length).toString())
  } catch {
    // Not JSON at all: refused by the schema, as everything else that is not ours.
    return undefined
  }
}

import { randomUUID } from 'node:crypto'

import { ChangeSet } from '@codemirror/state'

import { Tab } from '../../bench/support/sync-salvus.ts'
import type { ProjectId } from '../../src/messages/ids.ts'
import { connect, disconnected, flush, localChange } from '../../src/sync/client-local.ts'
import { receiveAtClient } from '../../src/sync/client-receive.ts'
import { createClient, pendingCount } from '../../src/sync/client.ts'
import { stringOf, textOf } from '../../src/sync/document-state.ts'
import { HeldBack } from './held-back.ts'
import { ORIGIN, type TestPerson, type TestRelay } from './test-relay.ts'

const DEADLINE_MS = 60_000
/** Somewhere between the page of a busy person and one that gives up at once, in milliseconds. */
const RETRY_MS = 100

/** What becomes of a message on its way: nothing, itself, itself twice, something else. */
export type Tamper = (payload: Uint8Array) => readonly Uint8Array[]

export interface DocumentPageOptions {
  readonly person?: TestPerson
  /** Of what lies between it and the hub, instead of the hub's own port. */
  readonly port?: number
}

/** How a page reaches its hub, as whom. */
interface PageWay {
  readonly port: number
  readonly origin: string
  readonly cookie: string
  readonly person?: TestPerson
}

/** A page with one document, without a browser: the client half of src/sync over a websocket to a real hub. */
export class DocumentPage {
  readonly client = createClient(randomUUID())
  readonly problems: string[] = []
  readonly rescued: string[] = []
  /** Its own variant of texts that differed. */
  readonly diverged: string[] = []
  bytesIn = 0
  resumed = 0
  /** Ways that it had. */
  connections = 0
  tamperUp: Tamper = (payload) => [payload]
  tamperDown: Tamper = (payload) => [payload]
  /** What is on its way to it. */
  readonly incoming = new HeldBack((payload) => this.#take(payload))
  readonly #project: ProjectId
  readonly #path: string
  readonly #way: PageWay
  readonly #waiting = new Set<() => void>()
  #tab: Tab | undefined
  #attempts = 0

  static async open(
    relay: TestRelay,
    place: { readonly project: ProjectId; readonly path: string },
    options: DocumentPageOptions = {},
  ): Promise<DocumentPage> {
    const person = options.person ?? relay.person('Ada')
    if (options.person === undefined)
      relay.setRole(person.account.accountId, place.project, 'owner')
    const port = options.port ?? Number(new URL(relay.url).port)
    return DocumentPage.at({ port, origin: ORIGIN, cookie: person.cookie, person }, place)
  }

  static async at(
    way: PageWay,
    place: { readonly project: ProjectId; readonly path: string },
  ): Promise<DocumentPage> {
    const page = new DocumentPage(way, place.project, place.path)
    await page.connect()
    return page
  }

  private constructor(way: PageWay, project: ProjectId, path: string) {
    this.#way = way
    this.#project = project
    this.#path = path
  }

  /** Of a test's relay. */
  get person(): TestPerson {
    const { person } = this.#way
    if (person === undefined) throw new Error('it is nobody of a relay')
    return person
  }

  get tab(): Tab {
    if (this.#tab === undefined) throw new Error('not connected')
    return this.#tab
  }

  get text(): string {
    return stringOf(this.client.view, '')
  }

  get pending(): number {
    return pendingCount(this.client)
  }

  /** Opens the document, for the first time or again. */
  async connect(): Promise<void> {
    const attempt = ++this.#attempts
    const { port, origin, cookie } = this.#way
    const tab = await Tab.open({ port, peers: '', salvus: { origin, cookie } })
    try {
      await this.#openIn(tab)
      // What took so long that it was tried anew must not take the place of the newer one.
      if (attempt !== this.#attempts) throw new Error('it was tried anew meanwhile')
    } catch (error) {
      tab.socket.close()
      throw error
    }
    tab.onEnded = () => this.#look()
    tab.onPayload = (payload) => {
      if (tab !== this.#tab) return
      for (const one of this.tamperDown(new Uint8Array(payload))) this.incoming.take(one)
      this.#look()
    }
    this.#tab = tab
    this.connections++
    this.#send(connect(this.client))
    await this.until(() => this.client.phase === 'live' || tab.ended)
  }

  async #openIn(tab: Tab): Promise<void> {
    await tab.openProject(this.#project)
    const file = { path: this.#path, kind: 'file' }
    if (this.connections === 0)
      await tab.request(tab.route, 'create_file', file).catch(() => undefined)
    const opened = await tab.request(tab.route, 'open_document', { path: this.#path })
    tab.channel = Number(opened['channel'])
  }

  /** Connects as often as it takes: what serves it is being started again. */
  async comeBack(): Promise<void> {
    const end = performance.now() + DEADLINE_MS
    for (;;) {
      try {
        await within(this.connect(), 20_000)
        if (this.client.phase === 'live') return
      } catch (error) {
        if (performance.now() > end) throw error
      }
      this.disconnect()
      await new Promise((resolve) => {
        setTimeout(resolve, RETRY_MS)
      })
    }
  }

  /** The way is gone without a word; what is typed stays here. */
  disconnect(): void {
    this.#attempts++
    this.#tab?.socket.close()
    this.#tab = undefined
    disconnected(this.client)
  }

  replaceAll(insert: string): void {
    this.type(insert, 0, this.#length)
  }

  /** Types at an offset, by default at the end. */
  type(insert: string, from = this.#length, to = from): void {
    this.change(ChangeSet.of({ from, to, insert }, this.#length, '\n'))
  }

  change(changes: ChangeSet): void {
    localChange(this.client, [['t', '', changes]], { undo: 'none' })
    this.#send(flush(this.client))
  }

  acknowledged(): Promise<void> {
    return this.until(() => this.pending === 0)
  }

  until(condition: () => boolean, deadlineMs = DEADLINE_MS): Promise<void> {
    if (condition()) return Promise.resolve()
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#waiting.delete(check)
        reject(
          new Error(
            `not within ${deadlineMs} ms: ${String(condition)}; ${this.problems.join()}, ${this.pending} pending: ${this.text.slice(0, 1000)}`,
          ),
        )
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

  get #length(): number {
    return textOf(this.client.view, '').length
  }

  #take(payload: Uint8Array): void {
    this.bytesIn += payload.length
    try {
      const update = receiveAtClient(this.client, payload)
      this.#send(update.send)
      if (update.resumed) this.resumed++
      // Typed while it was away or joining.
      if (update.resumed || update.joined) this.#send(flush(this.client))
      this.rescued.push(...update.rescued.map(({ text }) => text))
      this.diverged.push(...update.diverged.map(({ mine }) => mine))
      if (update.problem) this.#goOn(update.problem.kind)
    } catch (error) {
      // As a page: it can not be read, so it asks for what it lacks.
      disconnected(this.client)
      this.#goOn(error instanceof Error ? error.message : String(error))
    }
    this.#look()
  }

  #look(): void {
    for (const check of this.#waiting) check()
  }

  #goOn(problem: string): void {
    this.problems.push(problem)
    this.#send(connect(this.client))
  }

  #send(messages: readonly Uint8Array[]): void {
    const tab = this.#tab
    if (tab === undefined) return
    for (const bytes of messages) for (const one of this.tamperUp(bytes)) tab.send(one)
  }
}

function within(promise: Promise<void>, ms: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`not within ${ms} ms`)), ms)
    promise.then(resolve, reject).finally(() => clearTimeout(timer))
  })
}

/** Each word once, whatever the order: what several people typed at one place. */
export function wordsOf(text: string): string[] {
  return text
    .split(/\s+/)
    .filter((word) => word !== '')
    .toSorted()
}

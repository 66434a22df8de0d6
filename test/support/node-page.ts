import { ChangeSet, Text } from '@codemirror/state'
import Primus from 'primus'

import { Value } from '../../src/client/app/observable.ts'
import { HubConnection } from '../../src/client/connection/hub-connection.ts'
import type { ProjectRoute } from '../../src/client/connection/project-route.ts'
import type { OpenTransport } from '../../src/client/connection/transport.ts'
import { openDocument } from '../../src/client/sync/document-session.ts'
import type { AttachedEditor } from '../../src/client/sync/open-document.ts'
import { PRIMUS_OPTIONS } from '../../src/hub/relay/primus-options.ts'
import type { AccountId, ProjectId } from '../../src/messages/ids.ts'
import { FakeBrowser } from '../simulation/client/fake-project.ts'
import { until } from './until.ts'

interface PrimusClient {
  on(event: string, listener: (data: never) => void): void
  write(data: unknown): void
  end(): void
  removeAllListeners(): void
}

/** As the page's own transport, with the client of Primus for Node. */
function nodeTransport(url: string, cookie: string): OpenTransport {
  const { origin } = new URL(url)
  const library = Primus as unknown as {
    createSocket(options: object): new (url: string, options: object) => PrimusClient
  }
  const Client = library.createSocket({ ...PRIMUS_OPTIONS, pathname: '/hub' })
  return (events, { avoidWebsockets }) => {
    const client = new Client(origin, {
      strategy: false,
      websockets: !avoidWebsockets,
      transport: { extraHeaders: { origin, cookie } },
    })
    let ended = false
    const end = (): void => {
      if (ended) return
      ended = true
      client.end()
      events.ended()
    }
    client.on('open', () => {
      if (!ended) events.opened()
    })
    client.on('end', end)
    client.on('error', end)
    client.on('data', (data: unknown) => {
      if (ended) return
      if (typeof data === 'string') events.received(data)
      else events.received(new Uint8Array(data as ArrayBuffer))
    })
    return {
      send: (frame) => client.write(typeof frame === 'string' ? frame : Buffer.from(frame)),
      close: () => {
        ended = true
        client.end()
      },
    }
  }
}

/** The page's own connection and document, without its looks. */
export class NodePage implements Disposable {
  readonly connection: HubConnection
  readonly accountId: AccountId
  /** States of the connection, in the order in which it had them. */
  readonly kinds: string[] = []
  #project: ProjectRoute | undefined
  #document: ReturnType<typeof openDocument> | undefined
  #shown: Text | undefined

  static async open(
    url: string,
    account: { readonly accountId: string; readonly cookie: string },
  ): Promise<NodePage> {
    const page = new NodePage(url, account)
    await until(
      'a connection',
      async () => page.connection.state.get().kind,
      (kind) => kind === 'connected',
    )
    return page
  }

  private constructor(url: string, account: { accountId: string; cookie: string }) {
    // An id that a hub gave.
    this.accountId = account.accountId as AccountId
    this.connection = new HubConnection({
      openTransport: nodeTransport(url, account.cookie),
      network: { online: () => true, listen: () => () => undefined },
      build: 'test',
      onHello: () => undefined,
    })
    this.connection.state.subscribe(() => this.kinds.push(this.connection.state.get().kind))
  }

  get project(): ProjectRoute {
    if (this.#project === undefined) throw new Error('no project is open')
    return this.#project
  }

  get text(): string {
    return this.#shown?.toString() ?? ''
  }

  get pending(): number {
    return this.#document?.status.get().pending ?? 0
  }

  async openProject(projectId: ProjectId): Promise<void> {
    const project = this.connection.openProject(projectId)
    this.#project = project
    await until(
      'the project',
      async () => project.state.get().kind,
      (kind) => kind === 'open',
    )
  }

  async openDocument(path: string): Promise<void> {
    const { store, locks } = new FakeBrowser().tab()
    const document = openDocument({
      project: this.project,
      accountId: this.accountId,
      path,
      presence: new Value({ self: undefined, people: [] }),
      onPath: () => undefined,
      store,
      locks,
    })
    this.#document = document
    await until(
      'the document',
      async () => document.status.get().kind,
      (kind) => kind === 'open',
    )
    this.#shown = document.text('').get()
    const editor: AttachedEditor = {
      show: (changes) => {
        this.#shown = changes.apply(this.#shown ?? Text.empty)
      },
      reset: (text) => {
        this.#shown = text
      },
    }
    document.attach('', editor)
  }

  /** At the end. */
  type(insert: string): void {
    if (this.#shown === undefined) throw new Error('no document is open')
    const { length } = this.#shown
    const changes = ChangeSet.of({ from: length, insert }, length, '\n')
    this.#shown = changes.apply(this.#shown)
    this.#document?.changeText('', changes)
  }

  [Symbol.dispose](): void {
    this.#document?.close()
    this.connection.close()
  }
}

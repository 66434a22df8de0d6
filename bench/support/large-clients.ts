import { randomBytes } from 'node:crypto'

import { ChangeSet, Text } from '@codemirror/state'

import { createClient } from '../../src/sync/client.ts'
import { connect as firstMessages, flush, localChange } from '../../src/sync/client-local.ts'
import { receiveAtClient } from '../../src/sync/client-receive.ts'
import { textOf } from '../../src/sync/document-state.ts'
import { textEdit } from '../../src/sync/edit.ts'
import type { LoadTarget } from './sync-load.ts'
import { Tab } from './sync-salvus.ts'
import { REMOTE, Replica, yjsKit } from './sync-yjs.ts'

const PART = ''

/** A page with one document. `shown` is the text as an editor would be given it. */
export interface LargeClient {
  readonly bytesIn: number
  readonly length: number
  insert(at: number, text: string): void
  /** What is called after each change by somebody else. */
  onChange: () => void
  shown(): Text
  close(): void
}

/** Opens documents of one system by their number; a document that is not there is made. */
export interface LargeSystem {
  /** A document that is empty. */
  make(document: number): Promise<LargeClient>
  /** Resolves when its text is there. */
  open(document: number): Promise<LargeClient>
  /** A page that has no document yet, and opens one. */
  connect(): Promise<(document: number) => Promise<LargeClient>>
}

export async function salvusPages(target: LoadTarget): Promise<LargeSystem> {
  const first = await Tab.open(target)
  const created = await first.request(0, 'create_project', { title: 'Benchmark' })
  // The hub answers with the project; its shape is not checked again here.
  const { projectId } = created['project'] as { projectId: string }
  await first.openProject(projectId)
  const connect = async (): Promise<LargeSystem['open']> => {
    const tab = await Tab.open(target)
    await tab.openProject(projectId)
    return (document) => joinSalvus(tab, pathOf(document))
  }
  const open = async (document: number): Promise<LargeClient> => (await connect())(document)
  return {
    async make(document) {
      await first.request(first.route, 'create_file', { path: pathOf(document), kind: 'file' })
      return open(document)
    },
    open,
    connect,
  }
}

async function joinSalvus(tab: Tab, path: string): Promise<LargeClient> {
  const opened = await tab.request(tab.route, 'open_document', { path })
  tab.channel = Number(opened['channel'])
  const client = createClient(randomBytes(16).toString('hex'))
  const page: LargeClient = {
    get bytesIn() {
      return tab.socket.bytesIn
    },
    get length() {
      return textOf(client.view, PART).length
    },
    onChange: () => undefined,
    insert(from, insert) {
      const changes = ChangeSet.of({ from, insert }, this.length, '\n')
      localChange(client, textEdit(PART, changes), { undo: 'new' })
      for (const bytes of flush(client)) tab.send(bytes)
    },
    shown: () => textOf(client.view, PART),
    close: () => tab.socket.close(),
  }
  await new Promise<void>((joined) => {
    tab.onPayload = (payload) => {
      // Copied: what a client keeps of a message must not be the socket's buffer.
      const update = receiveAtClient(client, new Uint8Array(payload))
      if (update.problem) throw new Error(JSON.stringify(update.problem))
      for (const bytes of update.send) tab.send(bytes)
      if (update.joined) joined()
      if (update.changes.length > 0) page.onChange()
    }
    for (const bytes of firstMessages(client)) tab.send(bytes)
  })
  return page
}

export function yjsPages(target: LoadTarget): LargeSystem {
  const kit = yjsKit('y-websocket', target)
  const page = (replica: Replica): LargeClient => {
    const text = replica.doc.getText('text')
    const client: LargeClient = {
      get bytesIn() {
        return replica.socket.bytesIn
      },
      get length() {
        return text.length
      },
      onChange: () => undefined,
      insert: (at, insert) => replica.insert(at, insert),
      shown: () => Text.of(text.toString().split('\n')),
      close: () => replica.socket.close(),
    }
    replica.doc.on('update', (_update, origin) => {
      if (origin === REMOTE) client.onChange()
    })
    return client
  }
  const open = async (document: number): Promise<LargeClient> =>
    page(await Replica.open(kit, document, 'with its text'))
  return {
    make: async (document) => page(await Replica.open(kit, document, 'empty')),
    open,
    connect: () => Promise.resolve(open),
  }
}

function pathOf(document: number): string {
  return `large-${document}.txt`
}

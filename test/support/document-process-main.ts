import { pathToFileURL } from 'node:url'

import { silentLogger } from '../../src/daemon/logging.ts'
import { createDocumentArea } from '../../src/local-hub/documents/document-area.ts'
import type { ChannelId } from '../../src/messages/ids.ts'
import { codeOf } from '../../src/util/coded-error.ts'
import type { FromDocumentProcess, ToDocumentProcess } from './document-process-messages.ts'
import { testBroadcast, TestChannels, TestClient } from './local-clients.ts'

/** The program of DocumentProcess: arguments are the project's directory and the worker's file. */
const [projectDir, workerFile] = process.argv.slice(2)
if (projectDir === undefined || workerFile === undefined) throw new Error('two arguments')

const post = (message: FromDocumentProcess): void => {
  process.send?.(message)
}

class RemoteClient extends TestClient {
  override notify(event: string, body: unknown): void {
    post({ kind: 'notice', client: this.id, event, body })
  }

  override sendBinary(channel: ChannelId, payload: Uint8Array): void {
    post({ kind: 'binary', client: this.id, channel, payload: payload.slice() })
  }
}

const clients = new Map<number, RemoteClient>()
const channels = new TestChannels()
const area = createDocumentArea({
  projectDir,
  workerUrl: pathToFileURL(workerFile),
  channels,
  broadcast: testBroadcast,
  logger: silentLogger(),
  onUsed: () => undefined,
})

async function answer(message: Exclude<ToDocumentProcess, { kind: 'receive' }>): Promise<unknown> {
  if (message.kind === 'open') {
    const client = new RemoteClient(message.client, message.role)
    clients.set(message.client, client)
    return area.handlers.open_document({ path: message.path }, client)
  }
  const client = clients.get(message.client)
  if (!client) throw new Error('no such client')
  const { channel } = message
  return message.kind === 'save'
    ? area.handlers.save_document({ channel }, client)
    : area.handlers.compare_document({ channel }, client)
}

process.on('message', (message: ToDocumentProcess) => {
  if (message.kind === 'receive') {
    const client = clients.get(message.client)
    if (client) channels.receive(message.channel, client, message.payload)
    return
  }
  const { request } = message
  answer(message).then(
    (value) => post({ kind: 'answer', request, value }),
    (error: unknown) =>
      post({
        kind: 'failed',
        request,
        code: codeOf(error) ?? 'internal',
        message: error instanceof Error ? error.message : String(error),
      }),
  )
})
process.on('disconnect', () => process.exit())

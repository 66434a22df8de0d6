import { pathToFileURL } from 'node:url'

import { silentLogger } from '../../src/daemon/logging.ts'
import {
  createDocumentArea,
  type DocumentArea,
  type DocumentAreaOptions,
} from '../../src/local-hub/documents/document-area.ts'
import { bundledWorker } from './bundled-worker.ts'
import type { DocumentEditor, DocumentsPort } from './document-editor.ts'
import { testBroadcast, TestChannels } from './local-clients.ts'

let worker: Promise<string> | undefined

export function syncWorker(): Promise<string> {
  worker ??= bundledWorker('src/local-hub/documents/worker.ts')
  return worker
}

export interface TestDocuments extends DocumentsPort, AsyncDisposable {
  readonly area: DocumentArea
  save(editor: DocumentEditor): Promise<void>
  readonly used: { path: string; action: string }[]
}

/** The documents of a project in this process, with a real worker thread. */
export async function openTestDocuments(
  projectDir: string,
  options: Partial<DocumentAreaOptions> = {},
): Promise<TestDocuments> {
  return createTestDocuments(projectDir, await syncWorker(), options)
}

export function createTestDocuments(
  projectDir: string,
  workerFile: string,
  options: Partial<DocumentAreaOptions> = {},
): TestDocuments {
  const channels = new TestChannels()
  const used: { path: string; action: string }[] = []
  const area = createDocumentArea({
    projectDir,
    workerUrl: pathToFileURL(workerFile),
    channels,
    broadcast: testBroadcast,
    logger: silentLogger(),
    onUsed: (_client, path, action) => used.push({ path, action }),
    ...options,
  })
  return {
    area,
    used,
    open: async (path, client) => area.handlers.open_document({ path }, client),
    async save(editor) {
      if (editor.channel === undefined) throw new Error('the editor has no document open')
      await area.handlers.save_document({ channel: editor.channel }, editor)
    },
    receive: (channel, client, payload) => channels.receive(channel, client, payload),
    [Symbol.asyncDispose]: () => area[Symbol.asyncDispose](),
  }
}

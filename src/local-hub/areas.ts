import { realpath } from 'node:fs/promises'
import { fileURLToPath, pathToFileURL } from 'node:url'

import type { Configuration } from '../daemon/configuration.ts'
import type { LinkPeer } from '../daemon/links/link-peer.ts'
import type { Logger } from '../daemon/logging.ts'
import type { localHubToHub } from '../messages/hub-local-hub.ts'
import type { Scope } from '../util/scope.ts'
import type { LocalClient } from './client.ts'
import type { LOCAL_HUB_SETTINGS } from './configuration.ts'
import { createTerminalArea } from './console/terminals.ts'
import { createDocumentArea } from './documents/document-area.ts'
import type { DocumentAreaOptions } from './documents/document-area.ts'
import { createFileArea } from './files/file-area.ts'
import type { FileArea } from './files/file-area.ts'
import type { DocumentArea } from './documents/document-area.ts'
import { broadcast } from './link/broadcast.ts'
import type { ChannelTable } from './link/channels.ts'
import type { LocalHubHandlers } from './link/dispatch.ts'
import type { LauncherClient } from './link/launcher-client.ts'
import { createPutBlob } from './link/put-blob.ts'
import type { Presence } from './presence/presence.ts'
import { ApiServer } from './project-api/api-server.ts'
import { writeCommand } from './project-api/command-file.ts'
import { PythonPreparation } from './worksheets/python-preparation.ts'
import { SageServerClient } from './worksheets/sage-server-client.ts'
import { openWorksheetRunner } from './worksheets/worksheet-runner.ts'

export interface AreasOptions {
  readonly settings: Configuration<typeof LOCAL_HUB_SETTINGS>
  readonly launcher: LauncherClient
  readonly channels: ChannelTable
  readonly presence: Presence
  readonly onUsed: (client: LocalClient, path: string, action: 'open' | 'edit' | 'run') => void
  /** False where no hub is linked. */
  readonly tellCounts: NonNullable<DocumentAreaOptions['tellCounts']>
  /** @throws CodedError `unavailable` where none is linked */
  readonly anyHub: () => LinkPeer<typeof localHubToHub>
  readonly logger: Logger
}

/** Opens files, documents with their worksheets, and terminals; all are closed with the scope. */
export async function openAreas(options: AreasOptions, scope: Scope): Promise<LocalHubHandlers> {
  const { channels, presence, launcher, logger } = options
  const projectDir = await realpath(options.settings.projectDir)
  const openRunner = await openWorksheets(options, scope)
  const documents = createDocumentArea({
    projectDir,
    workerUrl: workerUrl(options.settings.syncWorker),
    channels,
    broadcast,
    logger,
    durability: options.settings.documentDurability,
    openRunner,
    onUsed: options.onUsed,
    tellCounts: options.tellCounts,
  })
  scope.defer(() => documents[Symbol.asyncDispose]())
  const terminals = createTerminalArea({
    channels,
    broadcast,
    ensureConsole: () => launcher.ensure('console'),
    onError: (error) => logger.error({ err: error }, 'terminals'),
  })
  scope.defer(() => terminals[Symbol.asyncDispose]())
  const { apiSocket: socketPath } = options.settings
  if (socketPath !== undefined) {
    const api = await ApiServer.listen({
      projectDir,
      socketPath,
      documents: documents.programs,
      logger,
    })
    scope.defer(() => api[Symbol.asyncDispose]())
    await writeCommand(socketPath, fileURLToPath(new URL('./project-command.js', import.meta.url)))
  }
  const files = await openFiles(projectDir, options, documents)
  scope.defer(() => files[Symbol.asyncDispose]())
  return {
    requests: { ...files.handlers, ...documents.handlers, ...terminals.handlers },
    notices: { ...files.noticeHandlers, ...terminals.noticeHandlers, ...presence.noticeHandlers },
  }
}

function openFiles(
  projectDir: string,
  { channels, logger }: AreasOptions,
  documents: DocumentArea,
): Promise<FileArea> {
  return createFileArea({
    projectDir,
    channels,
    onMoved: (from, to) => {
      documents.renameOpenDocument(from, to).catch((error: unknown) => {
        logger.error({ err: error }, 'an open document did not follow its file')
      })
    },
    onWatchError: (path, error) => logger.warn({ err: error, path }, 'a folder can not be watched'),
  })
}

/** What runs the cells of worksheets. The Sage server starts when a worksheet first needs it. */
async function openWorksheets(
  { settings, launcher, anyHub, logger }: AreasOptions,
  scope: Scope,
): Promise<NonNullable<DocumentAreaOptions['openRunner']>> {
  const { pythonStateFile, projectId } = settings
  const preparation =
    pythonStateFile === undefined ? undefined : await PythonPreparation.open(pythonStateFile)
  if (preparation) scope.defer(() => preparation[Symbol.asyncDispose]())
  const server = new SageServerClient({
    ensureServer: () => launcher.ensure('sage'),
    ...(preparation ? { preparation } : {}),
  })
  scope.defer(() => server[Symbol.asyncDispose]())
  const putBlob = createPutBlob(anyHub, projectId)
  return (document, onSession) =>
    openWorksheetRunner({ document, server, putBlob, logger, onSession })
}

/** The worker's bundle is beside that of the local hub. */
function workerUrl(program: string | undefined): URL {
  return program === undefined
    ? new URL('./sync-worker.js', import.meta.url)
    : pathToFileURL(program)
}

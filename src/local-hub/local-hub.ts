import { realpath } from 'node:fs/promises'
import { pathToFileURL } from 'node:url'

import type { Configuration } from '../daemon/configuration.ts'
import type { Logger } from '../daemon/logging.ts'
import { ERRORS } from '../messages/errors.ts'
import type { Scope } from '../util/scope.ts'
import type { LocalClient } from './client.ts'
import type { LOCAL_HUB_SETTINGS } from './configuration.ts'
import { createTerminalArea } from './console/terminals.ts'
import { createDocumentArea } from './documents/document-area.ts'
import { createFileArea } from './files/file-area.ts'
import { broadcast } from './link/broadcast.ts'
import { ChannelTable } from './link/channels.ts'
import { createClientDispatch } from './link/dispatch.ts'
import type { LocalHubHandlers } from './link/dispatch.ts'
import { HubLinks } from './link/hub-links.ts'
import type { LauncherClient } from './link/launcher-client.ts'
import { Presence } from './presence/presence.ts'

export interface LocalHubOptions {
  readonly settings: Configuration<typeof LOCAL_HUB_SETTINGS>
  /** Of the links with hubs, in hex. */
  readonly secret: string
  readonly launcher: LauncherClient
  readonly logger: Logger
}

/** Opens all areas of a project, then listens for hubs. Everything is closed with the scope, listening first. */
export async function startLocalHub(options: LocalHubOptions, scope: Scope): Promise<void> {
  const { settings, secret, logger } = options
  const channels = new ChannelTable()
  const presence = new Presence()
  scope.defer(() => presence[Symbol.dispose]())
  let links: HubLinks | undefined
  const onUsed = (
    { accountId }: LocalClient,
    path: string,
    action: 'open' | 'edit' | 'run',
  ): void => links?.tell('file_used', { accountId, path, action })
  const handlers = await openAreas(options, { channels, presence, onUsed }, scope)
  links = await HubLinks.listen({
    ...settings,
    secret,
    logger,
    channels,
    dispatch: createClientDispatch(handlers, ({ event, error, cause }, client) => {
      const { level } = ERRORS[error.code]
      const fields = { event, code: error.code, accountId: client.accountId }
      logger[level](level === 'error' ? { ...fields, err: cause } : fields, 'refused')
    }),
    onJoined: (client) => presence.join(client),
    onChanged: () => presence.changed(),
    onLeft: (client) => presence.leave(client),
  })
  const listening = links
  scope.defer(() => listening[Symbol.asyncDispose]())
}

async function openAreas(
  { settings, launcher, logger }: LocalHubOptions,
  shared: {
    readonly channels: ChannelTable
    readonly presence: Presence
    readonly onUsed: (client: LocalClient, path: string, action: 'open' | 'edit' | 'run') => void
  },
  scope: Scope,
): Promise<LocalHubHandlers> {
  const { channels, presence, onUsed } = shared
  const projectDir = await realpath(settings.projectDir)
  const documents = createDocumentArea({
    projectDir,
    workerUrl: workerUrl(settings.syncWorker),
    channels,
    broadcast,
    logger,
    onUsed,
  })
  scope.defer(() => documents[Symbol.asyncDispose]())
  const terminals = createTerminalArea({
    channels,
    broadcast,
    ensureConsole: () => launcher.ensure('console'),
    onError: (error) => logger.error({ err: error }, 'terminals'),
  })
  scope.defer(() => terminals[Symbol.asyncDispose]())
  const files = await createFileArea({
    projectDir,
    channels,
    onMoved: (from, to) => {
      documents.renameOpenDocument(from, to).catch((error: unknown) => {
        logger.error({ err: error }, 'an open document did not follow its file')
      })
    },
    onWatchError: (path, error) => logger.warn({ err: error, path }, 'a folder can not be watched'),
  })
  scope.defer(() => files[Symbol.asyncDispose]())
  return {
    requests: { ...files.handlers, ...documents.handlers, ...terminals.handlers },
    notices: { ...files.noticeHandlers, ...terminals.noticeHandlers, ...presence.noticeHandlers },
  }
}

/** The worker's bundle is beside that of the local hub. */
function workerUrl(program: string | undefined): URL {
  return program === undefined
    ? new URL('./sync-worker.js', import.meta.url)
    : pathToFileURL(program)
}

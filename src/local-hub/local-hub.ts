import type { Configuration } from '../daemon/configuration.ts'
import type { Logger } from '../daemon/logging.ts'
import { ERRORS } from '../messages/errors.ts'
import type { ErrorCode } from '../messages/errors.ts'
import { CodedError } from '../util/coded-error.ts'
import type { Scope } from '../util/scope.ts'
import type { LocalClient } from './client.ts'
import { type AreasOptions, openAreas } from './areas.ts'
import type { LOCAL_HUB_SETTINGS } from './configuration.ts'
import { ChannelTable } from './link/channels.ts'
import { createClientDispatch } from './link/dispatch.ts'
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
  const linked: { links?: HubLinks } = {}
  const onUsed = (
    { accountId }: LocalClient,
    path: string,
    action: 'open' | 'edit' | 'run',
  ): void => void linked.links?.tell('file_used', { accountId, path, action })
  const tellCounts: AreasOptions['tellCounts'] = (counts) =>
    linked.links?.tell('documents_counted', counts) ?? false
  const anyHub = (): ReturnType<HubLinks['anyHub']> => {
    if (linked.links) return linked.links.anyHub()
    throw new CodedError<ErrorCode>('unavailable', 'no hub is linked with this project yet')
  }
  const handlers = await openAreas(
    { ...options, channels, presence, onUsed, tellCounts, anyHub },
    scope,
  )
  const links = await HubLinks.listen({
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
  linked.links = links
  scope.defer(() => links[Symbol.asyncDispose]())
}

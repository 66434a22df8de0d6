import type { Configuration } from '../daemon/configuration.ts'
import type { Logger } from '../daemon/logging.ts'
import type { Database } from '../database/port/database.ts'
import type { Scope } from '../util/scope.ts'
import { toAccount } from './auth/account-row.ts'
import { createAuthenticate, liveSessions } from './auth/sessions.ts'
import { createSetUpToken } from './auth/sign-up.ts'
import { BlobReceiver } from './blobs/blob-receiver.ts'
import type { Bus } from './bus/bus.ts'
import { inProcessBus } from './bus/in-process.ts'
import { CatchUp } from './catch-up.ts'
import { addressesOf } from './configuration/addresses.ts'
import { ensureHubSecret, readSecret } from './configuration/secrets.ts'
import type { HUB_SETTINGS } from './configuration/settings.ts'
import { listenForOperator } from './control.ts'
import { createContentApp } from './content/content-app.ts'
import type { HubContext } from './context.ts'
import { drainHub } from './drain.ts'
import { createHandlers } from './handlers/create-handlers.ts'
import { onHelpSent } from './help/write-help.ts'
import { keepHouse } from './housekeeping.ts'
import { createAddressOf } from './http/address.ts'
import { createApp } from './http/app.ts'
import { listen } from './http/listen.ts'
import type { LateServer } from './http/listen.ts'
import { Outbox } from './mail/outbox.ts'
import { smtpTransport } from './mail/transport.ts'
import { metricsApplication } from './metrics.ts'
import { openDatabase } from './open-database.ts'
import { fileUseRecorder } from './projects/file-use.ts'
import { ProjectStates } from './projects/project-states.ts'
import { memberRole } from './projects/role-of.ts'
import { hostClaims } from './projects/host-claims.ts'
import { placeProject } from './projects/place.ts'
import { Purge } from './projects/purge.ts'
import { Relay } from './relay/relay.ts'
import type { HubSettings } from './settings.ts'
import { recordMinutes } from './statistics.ts'

export interface HubOptions {
  readonly settings: Configuration<typeof HUB_SETTINGS>
  /** The compiled program of the database's thread. */
  readonly databaseWorker: string | URL
  readonly build: string
  readonly logger: Logger
  /** Milliseconds since 1970; tests have their own clock. */
  readonly now?: () => number
  /** The first pause after a mail server refused. */
  readonly mailRetryMs?: number
}

export interface Hub {
  readonly url: string
  readonly contentUrl: string
  readonly metricsPort: number
  /** Where the first account is made, while there is none. */
  readonly setUpUrl: string | undefined
  readonly context: HubContext
  /** Where its pages listen, whatever stands before it. */
  readonly port: number
  drain(): Promise<void>
}

/** Opens all of a hub into the scope; it serves when this resolves. */
export async function startHub(options: HubOptions, scope: Scope): Promise<Hub> {
  const { settings, logger } = options
  const database = await openDatabase(settings, options.databaseWorker)
  scope.defer(() => database[Symbol.asyncDispose]())
  const bus = await openBus(options)
  scope.defer(() => bus[Symbol.asyncDispose]())
  const { host, port, contentPort } = settings
  const pages = await listen({ host, port }, scope)
  const content = await listen({ host, port: contentPort }, scope)
  const hubSettings = deriveSettings(options, pages, content)
  const draining = new AbortController()
  const opened = { database, bus, pages, hubSettings, draining: draining.signal }
  const { context, relay } = assemble(options, opened, scope)
  bus.roster.describe(() => ({
    draining: draining.signal.aborted,
    clients: context.hosts.clients,
  }))
  content.serve(createContentApp(context, relay.openAsHub))
  const { metricsHost, metricsPort } = settings
  const metrics = await listen({ host: metricsHost, port: metricsPort }, scope)
  metrics.serve(metricsApplication(context))
  const minutes = recordMinutes(context)
  scope.defer(() => minutes[Symbol.dispose]())
  const house = keepHouse(context)
  scope.defer(() => house[Symbol.dispose]())
  await listenForOperator(context, settings.dataDir, scope)
  const token = await createSetUpToken(context)
  const url = hubSettings.publicUrl.href
  logger.info({ url, contentUrl: hubSettings.contentUrl.href }, 'the hub serves')
  return {
    url,
    contentUrl: hubSettings.contentUrl.href,
    port: pages.port,
    metricsPort: metrics.port,
    setUpUrl: token === undefined ? undefined : `${url}sign-up#set-up=${token}`,
    context,
    drain: () =>
      drainHub({
        ...{ bus, relay, draining, logger },
        servers: [pages, content],
        drainMs: settings.drainSeconds * 1000,
      }),
  }
}

function deriveSettings(
  { settings, build }: HubOptions,
  pages: LateServer,
  content: LateServer,
): HubSettings {
  const addresses = addressesOf({ ...settings, port: pages.port, contentPort: content.port })
  return {
    ...addresses,
    hubId: settings.hubId,
    build,
    siteName: settings.siteName,
    helpAddress: settings.helpAddress,
    mail: settings.smtpUrlFile !== undefined,
    mailFrom: settings.mailFrom ?? `salvus@${addresses.publicUrl.hostname}`,
  }
}

function assemble(
  options: HubOptions,
  from: {
    readonly database: Database
    readonly bus: Bus
    readonly pages: LateServer
    readonly hubSettings: HubSettings
    readonly draining: AbortSignal
  },
  scope: Scope,
): { context: HubContext; relay: Relay } {
  const { settings, logger, now = Date.now } = options
  const { database, bus, pages, hubSettings, draining } = from
  const states = new ProjectStates()
  const catchUp = new CatchUp(logger)
  scope.defer(() => catchUp[Symbol.dispose]())
  const outbox = openOutbox(options, { database, bus, hubSettings, now }, scope)
  const secret = ensureHubSecret(settings.secretsDir)
  const shared = { database, bus, states, catchUp, outbox, draining }
  const withoutHosts = { ...shared, settings: hubSettings, logger, secret, now }
  const authenticate = createAuthenticate(withoutHosts)
  const addressOf = createAddressOf(settings.trustedProxies)
  const blobs = new BlobReceiver(withoutHosts)
  scope.defer(() => blobs[Symbol.dispose]())
  // The hosts are the relay's, which needs what is made before it.
  const context: HubContext = {
    ...withoutHosts,
    get hosts() {
      return relay.hosts
    },
  }
  const purge = new Purge(context)
  scope.defer(() => purge[Symbol.dispose]())
  const hosts = settings.projectServers.map(({ secretFile, ...address }) => ({
    ...address,
    secret: readSecret(secretFile),
  }))
  const relay: Relay = new Relay({
    server: pages.server,
    basePath: hubSettings.publicUrl.pathname,
    allowedOrigins: [hubSettings.publicUrl.origin],
    hubId: settings.hubId,
    hosts,
    authenticate,
    addressOf,
    accountOf: async (accountId) => {
      const row = await database.accounts.get(accountId)
      return row && toAccount(row)
    },
    sessionLives: async (accountId, sessionId) => {
      const sessions = await liveSessions({ database, now }, accountId)
      return sessions.some((session) => session.sessionId === sessionId)
    },
    roleOf: (accountId, projectId) => memberRole(database, accountId, projectId),
    claimsOf: (host) => hostClaims(database, host),
    place: (projectId) => {
      const { datacenter } = settings
      return placeProject(context, { linked: relay.hosts.linked, datacenter }, projectId)
    },
    hostOf: async (projectId) => (await database.locations.get(projectId))?.host,
    bus,
    catchUp,
    handlers: (hosts) => createHandlers({ ...withoutHosts, hosts }, purge),
    requests: {
      putBlob: (request) => blobs.put(request),
      onFileUsed: fileUseRecorder(context),
    },
    onProjectState: (projectId) => states.changed(projectId),
    logger,
  })
  scope.defer(() => relay[Symbol.asyncDispose]())
  pages.serve(createApp(context, { authenticate, addressOf, clientDir: settings.clientDir }))
  purge.start()
  return { context, relay }
}

/** Without servers this is the only hub: a bus of its own. */
async function openBus({ settings, build, logger }: HubOptions): Promise<Bus> {
  const { bus, hubId } = settings
  if (bus === undefined) return inProcessBus(logger)
  const { NatsBus } = await import('./bus/nats.ts')
  const { passwordFile, ...servers } = bus
  const password = passwordFile === undefined ? undefined : readSecret(passwordFile)
  return new NatsBus({ ...servers, password, hubId, build, logger })
}

function openOutbox(
  { settings, logger, mailRetryMs }: HubOptions,
  from: {
    readonly database: Database
    readonly bus: Bus
    readonly hubSettings: HubSettings
    readonly now: () => number
  },
  scope: Scope,
): Outbox {
  const { smtpUrlFile } = settings
  const { database, bus, now } = from
  const outbox = new Outbox({
    database,
    bus,
    transport:
      smtpUrlFile === undefined
        ? undefined
        : smtpTransport(readSecret(smtpUrlFile), from.hubSettings.mailFrom),
    logger,
    now,
    onSent: (mail) => onHelpSent(from, mail),
    ...(mailRetryMs === undefined ? {} : { retryMs: mailRetryMs }),
  })
  scope.defer(() => outbox[Symbol.asyncDispose]())
  outbox.start()
  return outbox
}

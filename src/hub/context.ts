import type { Logger } from '../daemon/logging.ts'
import type { Database } from '../database/port/database.ts'
import type { Bus } from './bus/bus.ts'
import type { CatchUp } from './catch-up.ts'
import type { Outbox } from './mail/outbox.ts'
import type { ProjectHosts } from './projects/hosts.ts'
import type { ProjectStates } from './projects/project-states.ts'
import type { HubSettings } from './settings.ts'

/** What the parts of a hub share; made in main.ts and passed by hand. */
export interface HubContext {
  readonly database: Database
  readonly bus: Bus
  readonly states: ProjectStates
  readonly catchUp: CatchUp
  readonly outbox: Outbox
  readonly hosts: ProjectHosts
  readonly settings: HubSettings
  /** Aborts when this hub is being stopped: it serves whom it has, and nobody new. */
  readonly draining: AbortSignal
  readonly logger: Logger
  /** Shared by all hubs, never in the database: links of invitations follow from it. */
  readonly secret: Buffer
  readonly now: () => number
}

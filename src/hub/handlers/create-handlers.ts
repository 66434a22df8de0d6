import type { ClientToHub } from '../../messages/client-to-hub.ts'
import type { HubContext } from '../context.ts'
import type { HubHandlers } from '../handler.ts'
import type { Purge } from '../projects/purge.ts'
import { accountHandlers } from './account.ts'
import { adminHandlers } from './admin.ts'
import { helpHandlers } from './help.ts'
import { memberHandlers } from './members.ts'
import { projectHandlers } from './projects.ts'
import { siteHandlers } from './site.ts'
import { watchHandlers } from './watch-projects.ts'

/** What the relay answers itself: it has the routes and the links to projects. */
export type RelayEvents = 'open_project' | 'close_route' | 'stop_project' | 'restart_project'

/** All requests of route 0 but the relay's. */
export function createHandlers(
  context: HubContext,
  purge: Purge,
): HubHandlers<Exclude<keyof ClientToHub, RelayEvents>> {
  return {
    ...siteHandlers(context),
    ...accountHandlers(context),
    ...projectHandlers(context, purge),
    ...memberHandlers(context),
    ...watchHandlers(context),
    ...helpHandlers(context),
    ...adminHandlers(context),
  }
}

import type { HubContext } from '../context.ts'
import type { HubConnection, HubHandlers } from '../handler.ts'
import { ProjectWatch } from '../projects/project-watch.ts'
import { accountOfConnection } from './caller.ts'

/** Projects and invitations of the account, and from then on what changes, numbered for each connection. */
export function watchHandlers(context: HubContext): HubHandlers<'watch_projects'> {
  const watches = new WeakMap<HubConnection, ProjectWatch>()
  return {
    watch_projects: async (_request, connection) => {
      let watch = watches.get(connection)
      if (watch === undefined) {
        const { accountId } = accountOfConnection(connection)
        watch = new ProjectWatch(context, connection, accountId)
        watches.set(connection, watch)
      }
      return watch.begin()
    },
  }
}

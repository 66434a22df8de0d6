import { accountRequests } from './account.ts'
import { adminRequests } from './admin.ts'
import { helpRequests } from './help.ts'
import { projectRequests } from './projects.ts'
import { siteRequests } from './site.ts'

/** Requests on route 0. */
export const clientToHub = {
  ...siteRequests,
  ...accountRequests,
  ...projectRequests,
  ...helpRequests,
  ...adminRequests,
}
export type ClientToHub = typeof clientToHub

import { documentHistoryRequests } from './document-history.ts'
import { documentRequests } from './documents.ts'
import { fileNoticesUp, fileRequests } from './files.ts'
import { presenceNoticesUp } from './presence.ts'
import { terminalNoticesUp, terminalRequests } from './terminals.ts'
import { worksheetRequests } from './worksheets.ts'

/** Requests on the route of a project. */
export const clientToLocalHub = {
  ...fileRequests,
  ...documentRequests,
  ...documentHistoryRequests,
  ...terminalRequests,
  ...worksheetRequests,
}
export type ClientToLocalHub = typeof clientToLocalHub

/** Messages on the route of a project that are not answered. */
export const clientToLocalHubNotices = {
  ...fileNoticesUp,
  ...terminalNoticesUp,
  ...presenceNoticesUp,
}
export type ClientToLocalHubNotices = typeof clientToLocalHubNotices

import { documentNotices } from './documents.ts'
import { fileNotices } from './files.ts'
import { presenceNotices } from './presence.ts'
import { terminalNotices } from './terminals.ts'
import { worksheetNotices } from './worksheets.ts'

/** Pushes on the route of a project. */
export const localHubToClient = {
  ...fileNotices,
  ...documentNotices,
  ...terminalNotices,
  ...worksheetNotices,
  ...presenceNotices,
}
export type LocalHubToClient = typeof localHubToClient

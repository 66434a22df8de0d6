import { accountNotices } from './account.ts'
import { helpNotices } from './help.ts'
import { projectNotices } from './projects.ts'
import { siteNotices } from './site.ts'

/** Pushes on route 0. */
export const hubToClient = { ...siteNotices, ...accountNotices, ...projectNotices, ...helpNotices }
export type HubToClient = typeof hubToClient

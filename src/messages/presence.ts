import { z } from 'zod'

import { defineNotice } from './define.ts'
import { accountId, clientId, projectPath, role } from './ids.ts'

/** Somebody with the project open: one for each tab of a browser. */
export const person = z.object({
  client: clientId,
  accountId,
  name: z.string(),
  role,
  /** Index into the palette of colours, the same everywhere in the project. */
  color: z.int().min(0).max(15),
  /** The document that is shown in the tab. */
  path: z.string().optional(),
})
export type Person = z.infer<typeof person>

/** Client -> local hub. */
export const presenceNoticesUp = {
  set_presence: defineNotice('viewer', { path: projectPath.optional() }),
}

/** Local hub -> client. */
export const presenceNotices = {
  /** All that are there. `self` is this client, told when it comes. */
  people_present: defineNotice('viewer', { self: clientId.optional(), people: z.array(person) }),
}

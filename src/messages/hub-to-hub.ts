import { z } from 'zod'

import { helpRequest } from './help.ts'
import { accountId, projectId, role, sessionId } from './ids.ts'

/**
 * Hub -> hubs, over the bus: JSON on the subjects `account.ID`, `project.ID` and `hubs`. Delivery only, at most once:
 * an event says that something has changed, or carries a fact that must not wait for a database (an ended session, a
 * lost role). One of a kind that a hub does not know is dropped: hubs are upgraded one at a time.
 */
export const busEvent = z.discriminatedUnion('kind', [
  /** On any subject: events may have been lost. Who listens reads the database anew. */
  z.object({ kind: z.literal('missed') }),

  /** On an account's subject: of its projects one changed or is gone. */
  z.object({ kind: z.literal('project_changed'), projectId }),
  z.object({ kind: z.literal('project_removed'), projectId }),
  z.object({ kind: z.literal('invitations_changed'), projectId: projectId.optional() }),
  z.object({ kind: z.literal('account_changed') }),
  z.object({
    kind: z.literal('sessions_ended'),
    sessions: z.array(sessionId),
    reason: z.enum(['signed_out', 'password_changed', 'revoked']),
  }),
  z.object({ kind: z.literal('help_changed'), helpRequest }),

  /** On a project's subject; no role: no member any more. */
  z.object({ kind: z.literal('role_changed'), accountId, role: role.optional() }),
  z.object({ kind: z.literal('project_deleted') }),

  /** On the subject `hubs`: something is due sooner than the hub that does what is due knows. */
  z.object({ kind: z.literal('due_changed') }),
])
export type BusEvent = z.infer<typeof busEvent>

/**
 * Hub -> hubs, on the subject `beats`, every BEAT_MS: that it lives, and how it stands. Beats of one life are numbered
 * without a gap, so that a lost one shows that events may have been lost too.
 */
export const hubBeat = z.object({
  hubId: z.string().max(100),
  /** Random for each start of a hub. */
  life: z.string().max(64),
  beat: z.int().min(1),
  /** It says good-bye: its silence from now on means nothing. */
  leaving: z.boolean(),
  /** It serves whom it has, and nobody new. */
  draining: z.boolean(),
  build: z.string().max(64),
  clients: z.int().min(0),
})
export type HubBeat = z.infer<typeof hubBeat>

import type { BusEvent } from '../../messages/hub-to-hub.ts'
import type { AccountId, ProjectId } from '../../messages/ids.ts'
import type { Roster } from './roster.ts'

export type BusSubject = `account.${AccountId}` | `project.${ProjectId}` | 'hubs'

/**
 * Live events between hubs (messages/hub-to-hub.ts). Delivery only: it may lose a message or be away, and whoever
 * needs to be sure reads the database. Subjects are narrow, so that a hub hears only of accounts and projects that its
 * clients use.
 *
 * (I1) Listeners of this hub hear what this hub publishes, whether the bus is there or not.
 * (I2) What one hub publishes on one subject is heard in that order, each at most once.
 * (I3) Where something may have been lost, each listener that it could have been for hears `missed`, within a second
 *      of the moment from which nothing is lost any more.
 */
export interface Bus extends AsyncDisposable {
  /** Never throws: what can't be sent now is `missed` by the others later. */
  publish(subject: BusSubject, event: BusEvent): void
  /** Calls the listener for each event of the subject until the returned function is called. */
  subscribe(subject: BusSubject, listener: (event: BusEvent) => void): () => void
  /**
   * Resolves when what was subscribed before counts, or the bus is away: what is read from the database after it, and
   * what is heard, are together complete.
   */
  settled(): Promise<void>
  /** Since when this hub hears nobody, in milliseconds of a monotonic clock; undefined while the bus is there. */
  readonly awaySinceMs: number | undefined
  /** Which hubs there are. */
  readonly roster: Roster
}

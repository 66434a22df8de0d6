/**
 * Tells whether a session is alive: each holds a lock of its name for as long as its page lives, and the browser
 * gives the lock back when the tab is closed or crashes.
 */
export interface SessionLocks {
  /** Holds the session's lock until `release`; undefined where another tab holds it. */
  readonly take: (sid: string) => Promise<(() => void) | undefined>
}

export const webLocks: SessionLocks = {
  take: (sid) =>
    new Promise((resolve, reject) => {
      navigator.locks
        .request(`salvus-session-${sid}`, { ifAvailable: true }, (lock) => {
          if (!lock) {
            resolve(undefined)
            return undefined
          }
          return new Promise<void>((release) => resolve(release))
        })
        .catch(reject)
    }),
}

/**
 * Tells whether a session is alive: each holds a lock of its name for as long as its page lives, and the browser
 * gives the lock back when the tab is closed or crashes.
 */
export interface SessionLocks {
  /** Holds the session's lock until `release`; undefined where a tab that lives holds it. */
  readonly take: (sid: string) => Promise<(() => void) | undefined>
}

/** What pages of a browser say to each other. */
type Said = { readonly kind: 'who_holds' | 'held'; readonly sid: string }

/** What locks are made of: a part of the browser, that tests have too. */
export interface LockParts {
  readonly request: (
    name: string,
    options: { readonly signal: AbortSignal },
    hold: () => Promise<void>,
  ) => Promise<void>
  readonly openChannel: (name: string) => BroadcastChannel
}

/**
 * How long a lock is waited for, in milliseconds. A tab that is being closed gives back its own within some tenths of
 * a second; one that lives says at once that it does. Only one that hangs is waited for in vain.
 */
const TAKE_DEADLINE_MS = 2500

/** Locks of one page. */
export function sessionLocks(parts: LockParts): SessionLocks {
  const held = new Set<string>()
  /** Locks that this page waits for, and how it is told that their holder lives. */
  const wanted = new Map<string, Set<() => void>>()
  let opened: BroadcastChannel | undefined

  const channel = (): BroadcastChannel => {
    if (opened) return opened
    opened = parts.openChannel('salvus-sessions')
    opened.addEventListener('message', ({ data }: MessageEvent<Said>) => {
      if (data.kind === 'who_holds' && held.has(data.sid)) say('held', data.sid)
      if (data.kind === 'held') for (const giveUp of wanted.get(data.sid) ?? []) giveUp()
    })
    return opened
  }
  const say = (kind: Said['kind'], sid: string): void =>
    channel().postMessage({ kind, sid } satisfies Said)

  return {
    take: async (sid) => {
      const waiting = new AbortController()
      const giveUp = (): void => waiting.abort()
      const others = wanted.get(sid) ?? new Set()
      wanted.set(sid, others.add(giveUp))
      const deadline = setTimeout(giveUp, TAKE_DEADLINE_MS)
      try {
        const granted = grant(parts, `salvus-session-${sid}`, waiting.signal)
        say('who_holds', sid)
        const release = await granted
        held.add(sid)
        // Somebody else may wait for the one that had it.
        say('held', sid)
        return () => {
          held.delete(sid)
          release()
        }
      } catch (error) {
        if (waiting.signal.aborted) return undefined
        throw error
      } finally {
        clearTimeout(deadline)
        others.delete(giveUp)
        if (others.size === 0) wanted.delete(sid)
      }
    },
  }
}

/** Resolves with how to give the lock back, when it is ours. @throws where the signal comes first */
function grant(parts: LockParts, name: string, signal: AbortSignal): Promise<() => void> {
  return new Promise((resolve, reject) => {
    const hold = (): Promise<void> => new Promise((release) => resolve(release))
    parts.request(name, { signal }, hold).catch(reject)
  })
}

/** The browser's own. */
export const webLocks: SessionLocks = sessionLocks({
  request: (name, options, hold) => navigator.locks.request(name, options, hold),
  openChannel: (name) => new BroadcastChannel(name),
})

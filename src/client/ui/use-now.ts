import { useSyncExternalStore } from 'react'

/** Ages are told in minutes: a clock that ticks twice in one is fine enough. */
const TICK_MS = 30_000

let nowMs = Date.now()

function subscribe(changed: () => void): () => void {
  nowMs = Date.now()
  const timer = setInterval(() => {
    nowMs = Date.now()
    changed()
  }, TICK_MS)
  return () => clearInterval(timer)
}

/** The time by this browser's clock, in milliseconds; the component renders again as it goes on. */
export function useNow(): number {
  return useSyncExternalStore(subscribe, () => nowMs)
}

/** Calls when the page comes to the front, from another tab or another window. Returns how to stop. */
export function onPageSeen(seen: () => void): () => void {
  const look = (): void => {
    if (globalThis.document?.visibilityState === 'visible') seen()
  }
  globalThis.document?.addEventListener('visibilitychange', look)
  globalThis.addEventListener?.('focus', look)
  return () => {
    globalThis.document?.removeEventListener('visibilitychange', look)
    globalThis.removeEventListener?.('focus', look)
  }
}

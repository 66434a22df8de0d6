/** What the browser says of its network, and of the page coming back to the eye (a laptop that slept). */
export interface Network {
  online(): boolean
  /** Called when the network comes or goes, or the page is seen again; returns how to stop. */
  listen(changed: () => void): () => void
}

export function browserNetwork(): Network {
  return {
    online: () => navigator.onLine,
    listen(changed) {
      const seen = (): void => {
        if (document.visibilityState === 'visible') changed()
      }
      addEventListener('online', changed)
      addEventListener('offline', changed)
      document.addEventListener('visibilitychange', seen)
      return () => {
        removeEventListener('online', changed)
        removeEventListener('offline', changed)
        document.removeEventListener('visibilitychange', seen)
      }
    },
  }
}

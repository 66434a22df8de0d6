/**
 * A page that is left keeps first, and asks the person to stay while something would be lost. Returns how to stop.
 * Without a window (tests of node) nothing is left.
 */
export function onPageLeft(options: {
  readonly keep: () => void
  /** Whether something is in this page alone. */
  readonly isUnkept: () => boolean
}): () => void {
  const ask = (event: Event): void => {
    // What is asked for here has more time than what is asked for when the page is hidden.
    options.keep()
    if (options.isUnkept()) event.preventDefault()
  }
  globalThis.addEventListener?.('pagehide', options.keep)
  globalThis.addEventListener?.('beforeunload', ask)
  return () => {
    globalThis.removeEventListener?.('pagehide', options.keep)
    globalThis.removeEventListener?.('beforeunload', ask)
  }
}

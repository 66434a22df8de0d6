import { useCallback, useEffect, useState } from 'react'

import { errorText } from '../app/error-text.ts'

export interface Loaded<T> {
  /** Undefined until it has come; kept while it is asked for again. */
  readonly value: T | undefined
  readonly error: string | undefined
  readonly reload: () => void
}

/** What a request answers, asked for when the component appears, when `key` changes, and by `reload`. */
export function useLoaded<T>(load: () => Promise<T>, key: unknown): Loaded<T> {
  const [value, setValue] = useState<T | undefined>(undefined)
  const [error, setError] = useState<string | undefined>(undefined)
  const [round, setRound] = useState(0)
  useEffect(() => {
    let current = true
    load().then(
      (loaded) => {
        if (!current) return
        setValue(loaded)
        setError(undefined)
      },
      (reason: unknown) => {
        if (current) setError(errorText(reason))
      },
    )
    return () => {
      current = false
    }
    // `load` is a new function at each rendering; `key` says when it would ask something else.
  }, [key, round])
  const reload = useCallback(() => setRound((count) => count + 1), [])
  return { value, error, reload }
}

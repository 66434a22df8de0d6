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
  // oxlint-disable-next-line react/exhaustive-effect-dependencies -- `load` is a new function at each rendering; `key` says when it would ask something else
  useEffect(() => {
    let current = true
    const ask = async (): Promise<void> => {
      try {
        const loaded = await load()
        if (!current) return
        setValue(loaded)
        setError(undefined)
      } catch (reason) {
        if (current) setError(errorText(reason))
      }
    }
    void ask()
    return () => {
      current = false
    }
    // oxlint-disable-next-line react-hooks/exhaustive-deps -- the same
  }, [key, round])
  const reload = useCallback(() => setRound((count) => count + 1), [])
  return { value, error, reload }
}

import { useRef, useState } from 'react'

import { errorText } from '../app/error-text.ts'

export interface Action {
  readonly busy: boolean
  /** What went wrong the last time, for where the person is looking. */
  readonly error: string | undefined
  readonly run: () => void
}

/** A button's work: once at a time, its failure kept for showing. */
export function useAction(work: () => Promise<void>): Action {
  const [busy, setBusy] = useState(false)
  const [error, setError] = useState<string | undefined>(undefined)
  const running = useRef(false)
  const run = (): void => {
    if (running.current) return
    running.current = true
    setBusy(true)
    setError(undefined)
    work()
      .catch((reason: unknown) => setError(errorText(reason)))
      .finally(() => {
        running.current = false
        setBusy(false)
      })
  }
  return { busy, error, run }
}

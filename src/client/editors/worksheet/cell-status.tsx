import { useEffect, useState } from 'react'

import type { RunState } from './run-state.ts'
import { runStateInWords } from './run-state.ts'

/** The state of a cell in shape and word. */
export function CellStatus(props: { readonly state: RunState; readonly edited: boolean }) {
  const { state, edited } = props
  const now = useNowWhile(state.kind === 'running')
  const { shape, word, name } = runStateInWords(state, edited, now)
  return (
    <span className={`ws-status ws-status-${name}`} title={state.message ?? word}>
      <span aria-hidden="true" className="ws-shape">
        {shape}
      </span>{' '}
      <span className="ws-word">{word}</span>
    </span>
  )
}

/** The time, once a second while something runs. */
function useNowWhile(running: boolean): number {
  const [now, setNow] = useState(() => Date.now())
  useEffect(() => {
    if (!running) return undefined
    setNow(Date.now())
    const timer = setInterval(() => setNow(Date.now()), 1000)
    return () => clearInterval(timer)
  }, [running])
  return now
}

import type { Text } from '@codemirror/state'
import { useEffect, useRef, useState } from 'react'

import type { Observable } from '../../app/observable.ts'
import type { RunState } from './run-state.ts'

/** Whether the input differs from what ran, as far as this page has seen: it knows from when the run began here. */
export function useEditedSince(text: Observable<Text>, state: RunState): boolean {
  const ran = useRef<{ run: string | undefined; text: Text }>(undefined)
  const [edited, setEdited] = useState(false)
  useEffect(() => {
    if (state.kind === 'not_run') {
      ran.current = undefined
      setEdited(false)
      return undefined
    }
    if (ran.current?.run !== state.run || !ran.current)
      ran.current = { run: state.run, text: text.get() }
    const look = (): void => setEdited(!(ran.current?.text.eq(text.get()) ?? true))
    look()
    return text.subscribe(look)
  }, [text, state.kind, state.run])
  return edited
}

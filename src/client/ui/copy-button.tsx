import { useState } from 'react'
import type { ReactNode } from 'react'

interface CopyButtonProps {
  readonly label: string
  readonly text: string
}

/** Copies a text; where the browser refuses (no TLS), shows it selected to copy by hand. */
export function CopyButton({ label, text }: CopyButtonProps): ReactNode {
  const [state, setState] = useState<'ready' | 'copied' | 'refused'>('ready')
  const copy = (): void => {
    if (!('clipboard' in navigator)) {
      setState('refused')
      return
    }
    navigator.clipboard.writeText(text).then(
      () => setState('copied'),
      () => setState('refused'),
    )
  }
  return (
    <span className="copy">
      <button type="button" className="button" onClick={copy}>
        {label}
      </button>
      {state === 'copied' && <output>Copied</output>}
      {state === 'refused' && (
        <input
          className="input"
          readOnly
          value={text}
          aria-label="To copy"
          ref={(input) => input?.select()}
        />
      )}
    </span>
  )
}

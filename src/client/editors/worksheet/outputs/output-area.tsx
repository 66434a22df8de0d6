import { useLayoutEffect, useMemo, useRef, useState } from 'react'

import type { Json } from '../../../../sync/change.ts'
import { OutputPieceView } from './output-piece.tsx'
import type { OutputContext } from './output-piece.tsx'
import { outputPieces } from './pieces.ts'

/** Output higher than this many CSS pixels scrolls inside its cell until `Show all`. */
const OUTPUT_HEIGHT_MAX = 480

/** What a cell has put out. */
export function OutputArea(props: {
  readonly messages: readonly Json[]
  readonly label: string
  readonly context: OutputContext
}) {
  const { messages, label, context } = props
  const pieces = useMemo(() => outputPieces(messages), [messages])
  const isEmpty = pieces.length === 0
  const content = useRef<HTMLDivElement>(null)
  const [all, setAll] = useState(false)
  const [tall, setTall] = useState(false)
  useLayoutEffect(() => {
    const element = content.current
    if (!element) return undefined
    const observer = new ResizeObserver(() => setTall(element.offsetHeight > OUTPUT_HEIGHT_MAX))
    observer.observe(element)
    return () => observer.disconnect()
  }, [isEmpty])
  if (isEmpty) return null
  const capped = tall && !all
  return (
    <div className="ws-output" role="region" aria-label={label}>
      <div
        className={capped ? 'ws-output-scroll capped' : 'ws-output-scroll'}
        style={capped ? { maxHeight: OUTPUT_HEIGHT_MAX } : undefined}
        {...(capped ? { tabIndex: 0 } : {})}
      >
        <div ref={content}>
          {pieces.map((piece, index) => (
            <OutputPieceView key={index} piece={piece} context={context} />
          ))}
        </div>
      </div>
      {tall && (
        <button type="button" className="ws-link" onClick={() => setAll(!all)}>
          {all ? 'Show less' : 'Show all'}
        </button>
      )}
    </div>
  )
}

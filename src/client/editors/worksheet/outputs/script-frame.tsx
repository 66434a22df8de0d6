import { useEffect, useId, useRef, useState } from 'react'

/** A frame grows with what it shows up to this many CSS pixels; beyond, it scrolls. */
const FRAME_HEIGHT_MAX = 800
const FRAME_HEIGHT_FIRST = 120

/**
 * HTML with scripts, in a frame of an opaque origin: it reaches neither the page, nor a cookie, nor the project.
 * The app's content security policy counts in a `srcdoc` too, so where there is a content origin its page
 * `output-frame` is loaded, which asks for the HTML. The frame may tell its height; a message counts only when it
 * comes from this frame's window and has the shape expected.
 */
export function ScriptFrame(props: {
  readonly html: string
  readonly contentOrigin: string | undefined
}) {
  const { html, contentOrigin } = props
  const frame = useRef<HTMLIFrameElement>(null)
  const [height, setHeight] = useState(FRAME_HEIGHT_FIRST)
  const title = useId()
  useEffect(() => {
    const onMessage = (event: MessageEvent<unknown>): void => {
      const target = frame.current?.contentWindow
      if (!target || event.source !== target) return
      // The frame's origin is opaque, so '*' is the only address that reaches it; what is sent is its own.
      if (isReady(event.data)) target.postMessage({ salvus: 'html', html }, '*')
      const told = heightOf(event.data)
      if (told !== undefined) setHeight(Math.min(FRAME_HEIGHT_MAX, Math.max(24, told)))
    }
    window.addEventListener('message', onMessage)
    return () => window.removeEventListener('message', onMessage)
  }, [html])
  const source = contentOrigin
    ? { src: `${contentOrigin}/output-frame` }
    : { srcDoc: frameDocument(html) }
  return (
    <iframe
      ref={frame}
      className="output-frame"
      title={`Output with scripts ${title}`}
      sandbox="allow-scripts"
      referrerPolicy="no-referrer"
      loading="lazy"
      style={{ height }}
      {...source}
    />
  )
}

function isReady(data: unknown): boolean {
  return typeof data === 'object' && data !== null && 'salvus' in data && data.salvus === 'ready'
}

function heightOf(data: unknown): number | undefined {
  if (typeof data !== 'object' || data === null || !('salvus' in data) || data.salvus !== 'height')
    return undefined
  return 'height' in data && typeof data.height === 'number' && Number.isFinite(data.height)
    ? Math.ceil(data.height)
    : undefined
}

const TELL_HEIGHT =
  `new ResizeObserver(()=>parent.postMessage({salvus:'height',height:document.documentElement.offsetHeight},'*'))` +
  `.observe(document.documentElement)`

function frameDocument(html: string): string {
  return `<!doctype html><meta charset="utf-8"><style>body{margin:8px;font:14px sans-serif}</style><script>${TELL_HEIGHT}</script>${html}`
}

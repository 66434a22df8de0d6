import { memo, useLayoutEffect, useMemo, useRef } from 'react'

import { ansiSpans } from './ansi.ts'
import type { AnsiSpan } from './ansi.ts'
import { BlobImage } from './blob-image.tsx'
import { markdownHtml } from './markdown.ts'
import { mathHtml, renderMath } from './math.ts'
import type { OutputPiece } from './pieces.ts'
import { relativePath, relativeReference } from './project-links.ts'
import { QuestionForm } from './question-form.tsx'
import { hasScript, sanitizeHtml } from './sanitize.ts'
import { ScriptFrame } from './script-frame.tsx'
import { StaticCode, languageOfMode } from './static-code.tsx'

/** What output needs of the page around it. */
export interface OutputContext {
  /** Address of an image in the blob store, which is checked against this project. */
  readonly blobUrl: (sha256: string) => string
  readonly contentOrigin: string | undefined
  /** Opens a file of the project as it is, from the content origin. */
  readonly openRaw: (path: string) => void
  /** Undefined where the person may not answer. */
  readonly answer: ((value: string) => Promise<void>) | undefined
}

export const OutputPieceView = memo(function OutputPieceView(props: {
  readonly piece: OutputPiece
  readonly context: OutputContext
}) {
  const { piece, context } = props
  switch (piece.kind) {
    case 'stdout':
    case 'stderr':
      return <pre className={`ws-${piece.kind}`}>{ansiSpans(piece.text).map(spanElement)}</pre>
    case 'html':
      return hasScript(piece.text) ? (
        <ScriptFrame html={piece.text} contentOrigin={context.contentOrigin} />
      ) : (
        <Html html={piece.text} math openRaw={context.openRaw} />
      )
    case 'md':
      return <Markdown text={piece.text} openRaw={context.openRaw} />
    case 'tex':
      return <Tex text={piece.text} display={piece.display} />
    case 'code':
      return (
        <pre className="ws-code">
          <StaticCode text={piece.text} language={languageOfMode(piece.mode)} />
        </pre>
      )
    case 'blob':
      return <BlobImage name={piece.name} url={context.blobUrl(piece.sha256)} />
    case 'blob_link':
      return (
        <a href={context.blobUrl(piece.sha256)} download={piece.name}>
          {piece.name}
        </a>
      )
    case 'legacy_blob':
      return <Placeholder text={`Image kept in SageMathCloud: ${piece.name}`} />
    case 'project_file':
      return <FileLink text={piece.name} path={piece.path} openRaw={context.openRaw} />
    case 'web_file':
      return (
        <a href={piece.url} target="_blank" rel="noopener noreferrer">
          {piece.name}
        </a>
      )
    case 'overflow':
      return <Overflow path={piece.path} bytes={piece.bytes} openRaw={context.openRaw} />
    case 'question':
      return <QuestionForm question={piece} answer={context.answer} />
    case 'not_shown':
      return (
        <Placeholder
          text={`${piece.what} from an old worksheet is not shown.`}
          source={piece.source}
        />
      )
  }
})

function spanElement(span: AnsiSpan, index: number) {
  const { text, color, background, bold, italic, underline } = span
  const classes = [
    color === undefined ? '' : `ansi-${color}`,
    background === undefined ? '' : `ansi-on-${background}`,
    bold ? 'ansi-bold' : '',
    italic ? 'ansi-italic' : '',
    underline ? 'ansi-underline' : '',
  ].filter(Boolean)
  return classes.length === 0 ? (
    text
  ) : (
    <span key={index} className={classes.join(' ')}>
      {text}
    </span>
  )
}

function Markdown(props: { readonly text: string; readonly openRaw: (path: string) => void }) {
  const html = useMemo(() => markdownHtml(props.text), [props.text])
  return <Html html={html} math={false} openRaw={props.openRaw} />
}

/** Sanitized HTML. Relative links are files of the project and open from the content origin. */
function Html(props: {
  readonly html: string
  readonly math: boolean
  readonly openRaw: (path: string) => void
}) {
  const { html, math, openRaw } = props
  const element = useRef<HTMLDivElement>(null)
  useLayoutEffect(() => {
    const target = element.current
    if (!target) return
    target.replaceChildren(sanitizeHtml(html))
    for (const image of target.querySelectorAll('img')) nameRelativeImage(image)
    if (math) renderMath(target)
  }, [html, math])
  return (
    // oxlint-disable-next-line jsx-a11y/click-events-have-key-events, jsx-a11y/no-static-element-interactions -- the clicks are those of the links inside, which the keyboard reaches
    <div
      ref={element}
      className="ws-html"
      onClick={(event) => {
        const link = event.target instanceof Element ? event.target.closest('a[href]') : null
        const path = link && relativePath(link.getAttribute('href') ?? '')
        if (!path) return
        event.preventDefault()
        openRaw(path)
      }}
    />
  )
}

/** A file of the project is not on this origin: its picture becomes a link that opens it. */
function nameRelativeImage(image: HTMLImageElement): void {
  const path = relativePath(image.getAttribute('src') ?? '')
  if (!path) return
  const link = document.createElement('a')
  link.href = relativeReference(path)
  link.textContent = image.alt || `Picture ${path}`
  image.replaceWith(link)
}

function Tex(props: { readonly text: string; readonly display: boolean }) {
  const { text, display } = props
  const element = useRef<HTMLDivElement>(null)
  useLayoutEffect(() => {
    element.current?.replaceChildren(sanitizedMath(text, display))
  }, [text, display])
  return <div ref={element} className="ws-tex" />
}

function sanitizedMath(text: string, display: boolean): DocumentFragment {
  return document.createRange().createContextualFragment(mathHtml(text, display))
}

function Placeholder(props: { readonly text: string; readonly source?: string }) {
  return (
    <div className="ws-placeholder">
      {props.text}
      {props.source && (
        <details>
          <summary>Show its source</summary>
          <pre>{props.source}</pre>
        </details>
      )}
    </div>
  )
}

function FileLink(props: {
  readonly text: string
  readonly path: string
  readonly openRaw: (path: string) => void
}) {
  return (
    <button type="button" className="ws-link" onClick={() => props.openRaw(props.path)}>
      {props.text}
    </button>
  )
}

function Overflow(props: {
  readonly path: string
  readonly bytes: number | undefined
  readonly openRaw: (path: string) => void
}) {
  const { path, bytes, openRaw } = props
  return (
    <div className="ws-overflow">
      The output goes on{bytes === undefined ? '' : ` (${formatBytes(bytes)} in all)`}:{' '}
      <FileLink text={`Open the whole output`} path={path} openRaw={openRaw} />
    </div>
  )
}

function formatBytes(bytes: number): string {
  if (bytes < 1000) return `${bytes} bytes`
  return bytes < 1_000_000
    ? `${(bytes / 1000).toFixed(0)} kB`
    : `${(bytes / 1_000_000).toFixed(1)} MB`
}

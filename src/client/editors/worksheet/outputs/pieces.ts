import type { Json } from '../../../../sync/change.ts'

/**
 * What an output stream shows, piece by piece. The messages are those of the `.sagews` format (an object may hold
 * several fields); what a piece holds is plain data, checked here, so that what draws it can trust it.
 */
export type OutputPiece =
  | { readonly kind: 'stdout' | 'stderr'; readonly text: string }
  | { readonly kind: 'html' | 'md'; readonly text: string }
  | { readonly kind: 'tex'; readonly text: string; readonly display: boolean }
  | { readonly kind: 'code'; readonly text: string; readonly mode: string }
  | { readonly kind: 'blob' | 'blob_link'; readonly name: string; readonly sha256: string }
  | { readonly kind: 'legacy_blob'; readonly name: string }
  | { readonly kind: 'project_file'; readonly name: string; readonly path: string }
  | { readonly kind: 'web_file'; readonly name: string; readonly url: string }
  | { readonly kind: 'overflow'; readonly path: string; readonly bytes: number | undefined }
  | Question
  | { readonly kind: 'not_shown'; readonly what: string; readonly source: string }

/** A cell asks (`input()`); submitted once somebody has answered. */
export interface Question {
  readonly kind: 'question'
  readonly prompt: string
  readonly value: string
  readonly placeholder: string
  readonly hidden: boolean
  readonly submitted: boolean
}

type Fields = { readonly [key: string]: Json }

/** Old outputs that would have to run code in the page; they are named, with their source on demand. */
const NOT_SHOWN: Readonly<Record<string, string>> = {
  javascript: 'JavaScript',
  coffeescript: 'CoffeeScript',
  interact: 'An interactive control',
  d3: 'A D3 drawing',
}

/** The pieces that a stream shows: adjacent texts of one kind become one. Unknown keys are ignored. */
export function outputPieces(messages: readonly Json[]): readonly OutputPiece[] {
  const shown: Fields[] = []
  for (const message of messages) {
    if (!isFields(message)) continue
    if (message['delete_last'] === true) shown.pop()
    else shown.push(message)
  }
  const pieces: OutputPiece[] = []
  for (const message of shown) for (const piece of piecesOf(message)) append(pieces, piece)
  return pieces
}

function append(pieces: OutputPiece[], piece: OutputPiece): void {
  const last = pieces.at(-1)
  if (last?.kind === 'stdout' && piece.kind === 'stdout')
    pieces[pieces.length - 1] = { kind: 'stdout', text: last.text + piece.text }
  else if (last?.kind === 'stderr' && piece.kind === 'stderr')
    pieces[pieces.length - 1] = { kind: 'stderr', text: last.text + piece.text }
  else if (
    last?.kind === 'question' &&
    piece.kind === 'question' &&
    last.prompt === piece.prompt &&
    piece.submitted
  )
    pieces[pieces.length - 1] = piece
  // The same rest again, now with its size.
  else if (last?.kind === 'overflow' && piece.kind === 'overflow' && last.path === piece.path)
    pieces[pieces.length - 1] = piece
  else pieces.push(piece)
}

function* piecesOf(message: Fields): Generator<OutputPiece> {
  for (const [key, value] of Object.entries(message)) {
    const piece = pieceOf(key, value)
    if (piece) yield piece
  }
}

function pieceOf(key: string, value: Json): OutputPiece | undefined {
  switch (key) {
    case 'stdout':
    case 'stderr':
      return typeof value === 'string' && value ? { kind: key, text: value } : undefined
    case 'html':
    case 'md':
      return typeof value === 'string' && value ? { kind: key, text: value } : undefined
    case 'tex':
      return texPiece(value)
    case 'code':
      return codePiece(value)
    case 'file':
      return filePiece(value)
    case 'raw_input':
      return questionPiece(value)
    case 'overflow':
      return overflowPiece(value)
    default:
      return Object.hasOwn(NOT_SHOWN, key)
        ? { kind: 'not_shown', what: NOT_SHOWN[key] ?? key, source: sourceOf(value) }
        : undefined
  }
}

function texPiece(value: Json): OutputPiece | undefined {
  if (typeof value === 'string') return { kind: 'tex', text: value, display: false }
  if (!isFields(value)) return undefined
  return { kind: 'tex', text: text(value['tex']), display: value['display'] === true }
}

function codePiece(value: Json): OutputPiece | undefined {
  if (typeof value === 'string') return { kind: 'code', text: value, mode: '' }
  if (!isFields(value)) return undefined
  return { kind: 'code', text: text(value['source']), mode: text(value['mode']) }
}

function filePiece(value: Json): OutputPiece | undefined {
  if (!isFields(value)) return undefined
  const name = text(value['filename'])
  const sha256 = text(value['sha256'])
  const problem = text(value['text'])
  if (problem && !sha256) return { kind: 'stderr', text: `${name}: ${problem}\n` }
  if (/\.sage3d$/i.test(name)) return { kind: 'not_shown', what: 'A 3D scene', source: name }
  if (/^[0-9a-f]{64}$/.test(sha256))
    return { kind: value['show'] === false ? 'blob_link' : 'blob', name, sha256 }
  const path = text(value['path'])
  if (path) return { kind: 'project_file', name: name || path, path }
  const url = text(value['url'])
  if (/^https?:\/\//i.test(url)) return { kind: 'web_file', name: name || url, url }
  if (url) return { kind: 'project_file', name: name || url, path: projectPathOf(url) }
  return name ? { kind: 'legacy_blob', name } : undefined
}

/** `/<project id>/raw/PATH`, as old worksheets hold it, is PATH; anything else is taken for a path. */
function projectPathOf(url: string): string {
  const raw = /^\/[0-9a-f-]{36}\/raw\/(.*)$/.exec(url)
  try {
    return decodeURIComponent(raw?.[1] ?? url.replace(/^\/+/, ''))
  } catch (error) {
    if (error instanceof URIError) return raw?.[1] ?? url
    throw error
  }
}

function questionPiece(value: Json): OutputPiece | undefined {
  if (!isFields(value)) return undefined
  return {
    kind: 'question',
    prompt: text(value['prompt']),
    value: text(value['value']),
    placeholder: text(value['placeholder']),
    hidden: value['type'] === 'password' || value['password'] === true,
    submitted: value['submitted'] === true,
  }
}

function overflowPiece(value: Json): OutputPiece | undefined {
  if (!isFields(value)) return undefined
  const bytes = value['bytes']
  const path = text(value['path'])
  return path
    ? { kind: 'overflow', path, bytes: typeof bytes === 'number' ? bytes : undefined }
    : undefined
}

function sourceOf(value: Json): string {
  if (typeof value === 'string') return value
  if (isFields(value) && typeof value['code'] === 'string') return value['code']
  return JSON.stringify(value, undefined, 2)
}

function text(value: Json | undefined): string {
  return typeof value === 'string' ? value : ''
}

function isFields(value: Json): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

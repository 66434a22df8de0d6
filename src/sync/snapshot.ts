import { Text } from '@codemirror/state'

import { CodedError } from '../util/coded-error.ts'
import { ByteReader, ByteWriter } from './bytes.ts'
import type { Json, PartId } from './change.ts'
import { checkPartId } from './check-values.ts'
import { toText } from './document-state.ts'
import type { DocumentState } from './document-state.ts'
import { stateFromJson, stateToJson } from './state-json.ts'
import type { StateJson } from './state-json.ts'

/**
 * A document in pieces, each made when it is asked for, so that no document holds its thread for long:
 *
 *     piece := 0 . last byte . JSON of a StateJson with some of the parts
 *            | 1 . last byte . part text . UTF-8 of the next characters of this text
 */
const JSON_PIECE = 0
const TEXT_PIECE = 1

/** Characters of a piece: a millisecond's work, and under a frame's size where each takes three bytes. */
export const PIECE_LENGTH = 256 * 1024

/** Texts of at least so many characters go as UTF-8, which is made and read quicker than JSON. */
const RAW_TEXT_LENGTH = 16 * 1024

const encoder = new TextEncoder()

/** The pieces of a document, in order. The state never changes, so they may be made whenever they are wanted. */
export function* snapshotPieces(state: DocumentState): Generator<Uint8Array, void> {
  // One is held back: the last is marked.
  let held: Uint8Array | undefined
  for (const piece of unmarkedPieces(state)) {
    if (held) yield held
    held = piece
  }
  if (!held) return
  held[1] = 1
  yield held
}

/** About how many pieces there will be, for who waits: large values of streams and fields are not measured. */
export function aboutPieces(state: DocumentState): number {
  let pieces = 1
  for (const [, text] of state.texts.entries())
    if (text.length >= RAW_TEXT_LENGTH) pieces += Math.ceil(text.length / PIECE_LENGTH)
  return pieces
}

/** About how many bytes a document is, without encoding it. */
export function aboutBytes(state: DocumentState): number {
  let bytes = 0
  for (const [, text] of state.texts.entries()) bytes += text.length
  return bytes
}

/** Takes the pieces of a document as they come. */
export class SnapshotReader {
  readonly #texts = new Map<PartId, TextReader>()
  readonly #json: { [K in keyof StateJson]: StateJson[K][number][] } = {
    texts: [],
    fields: [],
    lists: [],
    streams: [],
  }

  /** True after the last. @throws CodedError `bad_message` */
  take(bytes: Uint8Array): boolean {
    const reader = new ByteReader(bytes)
    const kind = reader.byte()
    const isLast = reader.byte() === 1
    if (kind === TEXT_PIECE) {
      const part = checkPartId(reader.text())
      const text = this.#texts.get(part) ?? new TextReader()
      this.#texts.set(part, text)
      text.take(reader.rest())
    } else if (kind === JSON_PIECE) this.#takeJson(reader.rest())
    else throw new CodedError('bad_message', `piece of kind ${kind} of a document`)
    return isLast
  }

  state(): DocumentState {
    const state = stateFromJson(this.#json)
    let { texts } = state
    for (const [part, reader] of this.#texts) texts = texts.set(part, reader.text())
    return { ...state, texts }
  }

  #takeJson(bytes: Uint8Array): void {
    // Written by the owner; stateFromJson checks what it is made of.
    const json: StateJson = JSON.parse(new TextDecoder().decode(bytes))
    for (const entry of json.texts) this.#json.texts.push(entry)
    for (const entry of json.fields) this.#json.fields.push(entry)
    for (const entry of json.lists) this.#json.lists.push(entry)
    for (const entry of json.streams) this.#json.streams.push(entry)
  }
}

/** A text whose pieces end anywhere, also inside a line. */
class TextReader {
  readonly #decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
  #text = Text.empty

  take(bytes: Uint8Array): void {
    this.#text = this.#text.append(toText(this.#decoder.decode(bytes, { stream: true })))
  }

  text(): Text {
    return this.#text
  }
}

function* unmarkedPieces(state: DocumentState): Generator<Uint8Array, void> {
  const large: [PartId, Text][] = []
  let small = state.texts
  for (const [part, text] of state.texts.entries()) {
    if (text.length < RAW_TEXT_LENGTH) continue
    large.push([part, text])
    small = small.delete(part)
  }
  const rest = stateToJson({ ...state, texts: small })
  if (large.length === 0 || Object.values(rest).some(({ length }) => length > 0))
    yield* jsonPieces(rest)
  for (const [part, text] of large) yield* textPieces(part, text)
}

/** At least one piece. */
function* jsonPieces(json: StateJson): Generator<Uint8Array, void> {
  const keys = ['texts', 'fields', 'lists', 'streams'] as const
  let entries = new Map<string, string[]>()
  let length = 0
  const piece = (): Uint8Array => {
    const members = keys.map((key) => `"${key}":[${(entries.get(key) ?? []).join(',')}]`)
    entries = new Map()
    length = 0
    return framed(JSON_PIECE, undefined, encoder.encode(`{${members.join(',')}}`))
  }
  for (const key of keys) {
    const values: readonly Json[] = json[key]
    for (const value of values) {
      const text = JSON.stringify(value)
      const list = entries.get(key)
      if (list) list.push(text)
      else entries.set(key, [text])
      length += text.length
      if (length >= PIECE_LENGTH) yield piece()
    }
  }
  yield piece()
}

function* textPieces(part: PartId, text: Text): Generator<Uint8Array, void> {
  for (let at = 0; at < text.length;) {
    let end = Math.min(text.length, at + PIECE_LENGTH)
    // A pair is not cut: each piece is UTF-8.
    if (end < text.length && isHigh(text.sliceString(end - 1, end).charCodeAt(0))) end++
    // Lines are joined quicker at once than one after another, as sliceString does.
    const string = text.slice(at, end).toJSON().join('\n')
    yield framed(TEXT_PIECE, part, encoder.encode(string))
    at = end
  }
}

function isHigh(unit: number): boolean {
  return unit >= 0xd800 && unit < 0xdc00
}

function framed(kind: number, part: PartId | undefined, bytes: Uint8Array): Uint8Array {
  const writer = new ByteWriter()
  writer.byte(kind)
  writer.byte(0)
  if (part !== undefined) writer.text(part)
  writer.raw(bytes)
  return writer.done()
}

import { decodeDocument } from '../../documents/document-codec.ts'
import { HISTORY_PAGE_CHARACTERS } from '../../messages/limits.ts'
import type { DocumentState } from '../../sync/document-state.ts'
import type { HistoryRequests } from './history-protocol.ts'
import type { HistoryReader, Moment } from './history-reader.ts'

/** The text of the document that was read last: its pages are asked for one after the other. */
let last:
  | { readonly state: DocumentState; readonly path: string; readonly text: string }
  | undefined

/** The content of the file as it was at a version, or at a time. */
export function readVersion(
  reader: HistoryReader,
  path: string,
  { v, atMs, offset = 0 }: HistoryRequests['read']['ask'],
): HistoryRequests['read']['answer'] {
  const moment = momentOf(reader, v, atMs)
  const text = textOf(moment.state, path)
  const end = pageEnd(text, offset)
  return {
    v: moment.v,
    atMs: moment.at,
    text: text.slice(offset, end),
    length: text.length,
    next: end < text.length ? end : null,
  }
}

function momentOf(reader: HistoryReader, v: number | undefined, at: number | undefined): Moment {
  if (v === undefined && at !== undefined) return reader.atTime(at)
  return reader.atVersion(v ?? reader.head())
}

/** As it would be in the file; a BOM stays. */
function textOf(state: DocumentState, path: string): string {
  if (last?.state === state && last.path === path) return last.text
  const { form } = decodeDocument(path, new Uint8Array())
  const { bytes } = form.encode(state)
  const text = new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes)
  last = { state, path, text }
  return text
}

/** No page ends inside a surrogate pair. */
function pageEnd(text: string, offset: number): number {
  const end = Math.min(text.length, offset + HISTORY_PAGE_CHARACTERS)
  const before = text.charCodeAt(end - 1)
  return end < text.length && before >= 0xd800 && before < 0xdc00 ? end - 1 : end
}

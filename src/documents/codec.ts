import type { DocumentState } from '../sync/document-state.ts'

/**
 * How a kind of document stands in a file. `File` is what is remembered of the bytes, so that what nobody changed is
 * written again as it was.
 */
export interface DocumentCodec<File> {
  readonly kind: 'text' | 'worksheet'
  /**
   * `known` is the document that is open: what the file has of it keeps its ids.
   * @throws CodedError `not_text`, `too_large`
   */
  decode(bytes: Uint8Array, known?: DocumentState): DecodedDocument<File>
  encode(state: DocumentState, file: File): EncodedDocument<File>
}

export interface DecodedDocument<File> {
  readonly state: DocumentState
  readonly file: File
  /** What is odd in the file, in sentences for the page. */
  readonly remarks: readonly string[]
}

export interface EncodedDocument<File> {
  readonly bytes: Uint8Array
  /** What the file is once the bytes are in it. */
  readonly file: File
  /** The file could not be read whole, and this place is written anew: the original is to be kept beside. */
  readonly repaired: boolean
}

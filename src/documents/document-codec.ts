import type { DocumentState } from '../sync/document-state.ts'
import type { DocumentCodec } from './codec.ts'
import { textCodec } from './text-codec.ts'
import { worksheetCodec } from './worksheet-codec.ts'

/** A codec with what it remembers of one file. Immutable. */
export interface FileForm {
  readonly kind: 'text' | 'worksheet'
  /** Another content of the same file. */
  decode(bytes: Uint8Array, known?: DocumentState): Decoded
  encode(state: DocumentState): Encoded
}

export interface Decoded {
  readonly state: DocumentState
  readonly form: FileForm
  readonly remarks: readonly string[]
}

export interface Encoded {
  readonly bytes: Uint8Array
  readonly form: FileForm
  readonly repaired: boolean
}

/** Reads a file as the kind of document that its name says. @throws CodedError `not_text`, `too_large` */
export function decodeDocument(path: string, bytes: Uint8Array, known?: DocumentState): Decoded {
  return path.endsWith('.sagews')
    ? decodeBy(worksheetCodec, bytes, known)
    : decodeBy(textCodec, bytes, known)
}

function decodeBy<File>(
  codec: DocumentCodec<File>,
  bytes: Uint8Array,
  known: DocumentState | undefined,
): Decoded {
  const { state, file, remarks } = codec.decode(bytes, known)
  return { state, form: formOf(codec, file), remarks }
}

function formOf<File>(codec: DocumentCodec<File>, file: File): FileForm {
  return {
    kind: codec.kind,
    decode: (bytes, known) => decodeBy(codec, bytes, known),
    encode(state) {
      const encoded = codec.encode(state, file)
      return {
        bytes: encoded.bytes,
        form: formOf(codec, encoded.file),
        repaired: encoded.repaired,
      }
    },
  }
}

/** Fields that no file has: another content of the file says nothing about them. */
const NOT_IN_FILES = /\.run$/

/** The document as far as a file can tell it, for comparing with what one says. */
export function inFile(state: DocumentState): DocumentState {
  const fields = state.fields
    .sortedKeys()
    .filter((part) => NOT_IN_FILES.test(part))
    .reduce((rest, part) => rest.delete(part), state.fields)
  return { ...state, fields }
}

import { CodedError } from '../util/coded-error.ts'

/** What the bytes of a text file are, apart from its characters. */
export interface TextForm {
  /** The file begins with a byte order mark. */
  readonly bom: boolean
  /** `crlf` only where every line ends so; in a mixed file CR stays a character. */
  readonly lineEnding: 'lf' | 'crlf'
}

/** Above this a file is not opened as a document: editors, and the diff of foreign changes, take too long. */
export const TEXT_BYTES_MAX = 20 * 1024 * 1024

/** As git decides it: a NUL among the first bytes is a binary file. */
const BINARY_PROBE_BYTES = 8000

const BOM = '\uFEFF'

/**
 * The characters of a file, as they are.
 * @throws CodedError `too_large`, `not_text`
 */
export function decodeCharacters(bytes: Uint8Array): string {
  if (bytes.length > TEXT_BYTES_MAX) {
    throw new CodedError(
      'too_large',
      `a file of ${bytes.length} bytes; the largest that opens as text has ${TEXT_BYTES_MAX}`,
    )
  }
  if (bytes.subarray(0, BINARY_PROBE_BYTES).includes(0)) {
    throw new CodedError('not_text', 'a binary file: it contains NUL bytes')
  }
  return decodeUtf8(bytes)
}

/**
 * The characters of a file, with lines ending in LF. `encodeText` gives back exactly the same bytes.
 * @throws CodedError `too_large`, `not_text`
 */
export function decodeText(bytes: Uint8Array): { readonly text: string; readonly form: TextForm } {
  const decoded = decodeCharacters(bytes)
  const bom = decoded.startsWith(BOM)
  const characters = bom ? decoded.slice(1) : decoded
  const crlf = isUniformlyCrlf(characters)
  return {
    text: crlf ? characters.replaceAll('\r\n', '\n') : characters,
    form: { bom, lineEnding: crlf ? 'crlf' : 'lf' },
  }
}

/** Lone surrogates, which a file can't hold, become U+FFFD; src/sync lets none in. */
export function encodeText(text: string, form: TextForm): Uint8Array {
  const lines = form.lineEnding === 'crlf' ? text.replaceAll('\n', '\r\n') : text
  return new TextEncoder().encode(form.bom ? BOM + lines : lines)
}

function decodeUtf8(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch (error) {
    throw new CodedError('not_text', 'not a text in UTF-8', { cause: error })
  }
}

/** Every LF follows a CR, every CR is followed by an LF, and there is one at least. */
function isUniformlyCrlf(text: string): boolean {
  let at = text.indexOf('\n')
  if (at < 1) return false
  for (let previous = 0; at !== -1; previous = at + 1, at = text.indexOf('\n', previous)) {
    if (text.charCodeAt(at - 1) !== 13) return false
    const firstCr = text.indexOf('\r', previous)
    if (firstCr !== at - 1) return false
  }
  return text.lastIndexOf('\r') === text.lastIndexOf('\n') - 1
}

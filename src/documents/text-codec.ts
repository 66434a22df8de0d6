import type { PartId } from '../sync/change.ts'
import { fieldOf, stateOfText, stringOf } from '../sync/document-state.ts'
import type { DocumentState } from '../sync/document-state.ts'
import { applyEdit } from '../sync/apply.ts'
import type { DocumentCodec } from './codec.ts'
import { decodeText, encodeText } from './text-bytes.ts'
import type { TextForm } from './text-bytes.ts'

/** The one text part of a plain file. */
export const TEXT_PART: PartId = ''
/** Field: `crlf` where all lines of the file end in CR LF; the text has LF. */
export const LINE_ENDING_PART: PartId = 'lineEnding'
/** Field: true where the file begins with a byte order mark. */
export const BOM_PART: PartId = 'bom'

/** A file of text: the form of its bytes is in fields, so that nothing else needs to be remembered. */
export const textCodec: DocumentCodec<null> = {
  kind: 'text',
  decode(bytes) {
    const { text, form } = decodeText(bytes)
    return { state: withForm(stateOfText(text), form), file: null, remarks: [] }
  },
  encode(state) {
    const form: TextForm = {
      bom: fieldOf(state, BOM_PART) === true,
      lineEnding: fieldOf(state, LINE_ENDING_PART) === 'crlf' ? 'crlf' : 'lf',
    }
    return { bytes: encodeText(stringOf(state, TEXT_PART), form), file: null, repaired: false }
  },
}

function withForm(state: DocumentState, form: TextForm): DocumentState {
  return applyEdit(state, [
    ...(form.bom ? ([['f', BOM_PART, true]] as const) : []),
    ...(form.lineEnding === 'crlf' ? ([['f', LINE_ENDING_PART, 'crlf']] as const) : []),
  ])
}

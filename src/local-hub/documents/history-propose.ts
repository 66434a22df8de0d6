import { decodeDocument, inFile } from '../../documents/document-codec.ts'
import type { ErrorCode } from '../../messages/errors.ts'
import { diffStates } from '../../sync/diff.ts'
import type { DocumentState } from '../../sync/document-state.ts'
import { toChange } from '../../sync/edit.ts'
import { CodedError } from '../../util/coded-error.ts'
import type { HistoryRequests } from './history-protocol.ts'
import type { HistoryReader } from './history-reader.ts'

/** Seconds that the diff may look for a smaller answer: a program waits for it, and nobody else. */
const DIFF_TIMEOUT_S = 0.5

/** What makes version v the content of a file that a program wrote. Cells that it has keep their ids. */
export function proposeChange(
  reader: HistoryReader,
  path: string,
  { v, bytes }: HistoryRequests['propose']['ask'],
): HistoryRequests['propose']['answer'] {
  const from = exactly(reader, v)
  const { state } = decodeDocument(path, bytes, from)
  const edit = diffStates(inFile(from), state, DIFF_TIMEOUT_S)
  return { changed: edit.length > 0, change: Buffer.from(JSON.stringify(toChange(edit))) }
}

/** The content of the file at version v. */
export function readContent(
  reader: HistoryReader,
  path: string,
  { v }: HistoryRequests['content']['ask'],
): HistoryRequests['content']['answer'] {
  const { form } = decodeDocument(path, new Uint8Array())
  return { bytes: form.encode(exactly(reader, v)).bytes }
}

/** Of old typing only the ends of runs are kept. */
function exactly(reader: HistoryReader, v: number): DocumentState {
  const moment = reader.atVersion(v)
  if (moment.v === v) return moment.state
  const message = `version ${v} is too old to be known exactly: read the document again`
  throw new CodedError<ErrorCode>('conflict', message)
}

import type { ErrorCode } from '../../messages/errors.ts'
import { textOf } from '../../sync/document-state.ts'
import { diffStates } from '../../sync/diff.ts'
import { type Edit, textEdit, toChange } from '../../sync/edit.ts'
import { editOf } from '../../sync/history.ts'
import { invert } from '../../sync/algebra.ts'
import { onlyPart, restoredLines } from '../../sync/history-restore.ts'
import { CodedError } from '../../util/coded-error.ts'
import type { HistoryRequests, ProposedChange } from './history-protocol.ts'
import type { HistoryReader } from './history-reader.ts'

/** Seconds that a diff of two versions may look for a smaller answer: nobody waits behind it. */
const DIFF_TIMEOUT_S = 0.5

/** What makes the newest version what it was at version v, or a part of it. */
export function restoreChange(
  reader: HistoryReader,
  { v, part, fromLine, toLine }: HistoryRequests['restore']['ask'],
): ProposedChange {
  const on = reader.head()
  const { state } = reader.atVersion(on)
  const { state: earlier } = reader.atVersion(v)
  if (fromLine !== undefined || toLine !== undefined) {
    const lines = { from: fromLine ?? 1, to: toLine ?? Number.MAX_SAFE_INTEGER }
    if (lines.from > lines.to) throw bad(`line ${lines.from} is after line ${lines.to}`)
    const id = part ?? ''
    const changes = restoredLines(textOf(state, id), textOf(earlier, id), lines)
    return { on, change: toChange(textEdit(id, changes)) }
  }
  const edit = diffStates(state, earlier, DIFF_TIMEOUT_S)
  const wanted = part === undefined ? edit : onlyPart(edit, part)
  return { on, change: toChange(wanted.filter((op) => !isRunner(op))) }
}

/** What takes back the change that became version v. */
export function takeBackChange(
  reader: HistoryReader,
  { v, account }: HistoryRequests['take_back']['ask'],
): ProposedChange {
  const { item, before } = reader.item(v)
  if (item.author.account !== account) {
    throw new CodedError<ErrorCode>('forbidden', `version ${v} is a change of somebody else`)
  }
  return { on: v, change: toChange(invert(editOf(item), before)) }
}

/** What the runner of cells alone writes. */
function isRunner(op: Edit[number]): boolean {
  return op[0] === 'f' && op[1].endsWith('.run')
}

function bad(message: string): CodedError {
  return new CodedError<ErrorCode>('bad_value', message)
}

import type { BlamedLines } from '../../messages/document-history.ts'
import { HISTORY_PIECES_MAX } from '../../messages/limits.ts'
import { cellOf } from '../../sync/edit.ts'
import { type LineRange, TextBlame } from '../../sync/blame.ts'
import { editOf, type HistoryItem } from '../../sync/history.ts'
import { textOf } from '../../sync/document-state.ts'
import { diffTexts } from '../../sync/diff.ts'
import { START } from '../../sync/attribution.ts'
import type { HistoryRequests } from './history-protocol.ts'
import type { HistoryReader } from './history-reader.ts'

interface Blamed {
  readonly reader: HistoryReader
  readonly part: string
  readonly v: number
  readonly lines: readonly LineRange[]
  readonly items: readonly HistoryItem[]
}

/** What was answered last: its pages are asked for one after the other. */
let last: Blamed | undefined

/** Who changed each line of a text part last, from the beginning of the history on. */
export function readBlame(
  reader: HistoryReader,
  { part = '', v, after = 0 }: HistoryRequests['blame']['ask'],
): HistoryRequests['blame']['answer'] {
  const moment = reader.atVersion(v ?? reader.head())
  const isSame = last?.reader === reader && last.part === part && last.v === moment.v
  const blamed = isSame && last ? last : blame(reader, part, moment.v)
  last = blamed
  const lines = blamed.lines.slice(after, after + HISTORY_PIECES_MAX)
  const next = after + lines.length
  return {
    v: moment.v,
    lines: lines.map((range) => toldLines(range, blamed.items)),
    next: next < blamed.lines.length ? next : null,
  }
}

function blame(reader: HistoryReader, part: string, v: number): Blamed {
  const items: HistoryItem[] = []
  const cell = cellOf(part)
  let text: TextBlame | undefined
  let reached = -1
  for (const states of reader.between(0, v)) {
    const { segment } = states
    if (text === undefined || segment.from !== reached) text = bridged(text, states, part)
    for (const item of segment.items) {
      if (item.v > v) break
      const touches = item.change.some(
        (op) => (op[0] === 't' && op[1] === part) || (op[0] === 'd' && op[2] === cell),
      )
      if (!touches) continue
      const index = items.push(item) - 1
      for (const op of editOf(item)) {
        if (op[0] === 't' && op[1] === part) text.apply(op[2], index)
        if (op[0] === 'd' && op[2] === cell) text = new TextBlame()
      }
    }
    reached = segment.to
  }
  return { reader, part, v, lines: text?.lines() ?? [], items }
}

/** A part of the history is missing: what was changed in it is by nobody known. */
function bridged(
  text: TextBlame | undefined,
  states: { after(count: number): Parameters<typeof textOf>[0] },
  part: string,
): TextBlame {
  const there = textOf(states.after(0), part)
  if (text === undefined) return new TextBlame(there)
  text.apply(diffTexts(text.text.sliceString(0), there.sliceString(0)), START)
  return text
}

function toldLines({ line, count, origin }: LineRange, items: readonly HistoryItem[]): BlamedLines {
  const item = items[origin]
  if (item === undefined) return { line, count, change: null }
  const { account: accountId, name } = item.author
  return { line, count, change: { v: item.v, atMs: item.at, author: { name, accountId } } }
}

import { ChangeSet } from '@codemirror/state'
import type { Text } from '@codemirror/state'
import { DIFF_DELETE, DIFF_EQUAL, diff_match_patch } from 'diff-match-patch'

import { CodedError } from '../util/coded-error.ts'
import type { PartId } from './change.ts'
import { toText } from './document-state.ts'
import { cellOf, type Edit } from './edit.ts'

/** Seconds that the comparison of lines may take. */
const DIFF_TIMEOUT_S = 0.5

/** Different lines of both texts: each becomes a character, before the surrogates. */
const DIFFERENT_LINES_MAX = 0xd800 - 1

/** Of an edit what concerns one part, or one cell with all its parts. */
export function onlyPart(edit: Edit, part: PartId): Edit {
  return edit.filter((op) => {
    if (op[0] === 'i' || op[0] === 'm' || op[0] === 'd') return op[2] === part
    return op[1] === part || cellOf(op[1]) === part
  })
}

/** Lines as people count them: the first is 1, the last is `to`. */
export interface Lines {
  readonly from: number
  readonly to: number
}

/**
 * What makes some lines of an earlier text stand again where they stood, compared line by line. Of lines that many
 * others took the place of, those are replaced that stand for them one to one; else they are inserted, and nothing goes.
 * @throws CodedError `too_large` where the texts have too many different lines
 */
export function restoredLines(now: Text, earlier: Text, lines: Lines): ChangeSet {
  const changes: { from: number; to: number; insert: Text }[] = []
  const before = linesOf(now)
  const wanted = linesOf(earlier)
  for (const hunk of hunksOf(before, wanted)) {
    const first = Math.max(lines.from - 1 - hunk.at, 0)
    const end = Math.min(lines.to - hunk.at, hunk.inserted)
    const isGone = hunk.inserted === 0 && hunk.at >= lines.from && hunk.at < lines.to
    if (!isGone && end <= first) continue
    const isWhole = first === 0 && end === hunk.inserted
    const isPaired = hunk.inserted === hunk.deleted
    const from = hunk.line + (isWhole || !isPaired ? 0 : first)
    const to = isWhole ? hunk.line + hunk.deleted : isPaired ? hunk.line + end : hunk.line
    changes.push({
      from: offsetOf(now, from),
      to: offsetOf(now, to),
      insert: toText(wanted.slice(hunk.at + first, hunk.at + end).join('')),
    })
  }
  return ChangeSet.of(changes, now.length)
}

interface Hunk {
  /** Lines of the text now, and of the earlier one, both from 0. */
  readonly line: number
  readonly at: number
  deleted: number
  inserted: number
}

function hunksOf(now: readonly string[], earlier: readonly string[]): Hunk[] {
  const characters = new Map<string, string>()
  const asCharacters = (lines: readonly string[]): string =>
    lines.map((line) => characterOf(characters, line)).join('')
  const differ = new diff_match_patch()
  differ.Diff_Timeout = DIFF_TIMEOUT_S
  const hunks: Hunk[] = []
  let line = 0
  let at = 0
  let isOpen = false
  for (const [kind, { length }] of differ.diff_main(
    asCharacters(now),
    asCharacters(earlier),
    false,
  )) {
    if (kind === DIFF_EQUAL) {
      line += length
      at += length
      isOpen = false
      continue
    }
    const hunk = (isOpen && hunks.at(-1)) || { line, at, deleted: 0, inserted: 0 }
    if (!isOpen) hunks.push(hunk)
    isOpen = true
    if (kind === DIFF_DELETE) {
      hunk.deleted += length
      line += length
    } else {
      hunk.inserted += length
      at += length
    }
  }
  return hunks
}

function characterOf(characters: Map<string, string>, line: string): string {
  const known = characters.get(line)
  if (known !== undefined) return known
  if (characters.size >= DIFFERENT_LINES_MAX) {
    throw new CodedError('too_large', `over ${DIFFERENT_LINES_MAX} different lines`)
  }
  const character = String.fromCharCode(characters.size + 1)
  characters.set(line, character)
  return character
}

/** Each with its line break; what follows the last one is a line too, where there is something. */
function linesOf(text: Text): string[] {
  const lines: string[] = []
  for (let number = 1; number <= text.lines; number++) {
    const line = text.line(number)
    if (number < text.lines) lines.push(`${line.text}\n`)
    else if (line.length > 0) lines.push(line.text)
  }
  return lines
}

/** Where a line begins, from 0; behind the last one is the end. */
function offsetOf(text: Text, line: number): number {
  return line < text.lines ? text.line(line + 1).from : text.length
}

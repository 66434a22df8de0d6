import { diff_match_patch } from 'diff-match-patch'

import type { PatchHunk } from './messages.ts'

/** Characters of context on each side of a hunk: what bitap can look for at once. */
export const CONTEXT = 32

/** Less context than this, inside a text, is found anywhere. */
const CONTEXT_MIN = 8

/** How many of the characters of the context may differ, where nothing of it is found as it was. */
const FUZZY_THRESHOLD = 0.4

/** Characters inserted together with their context that tell it from what was there before. */
const PRESENT_LENGTH_MIN = 16

export interface Place {
  readonly from: number
  readonly to: number
}

/**
 * Where a hunk belongs in a text: where all of its context is, or less and less of it; the nearest to where it was
 * counts. What it deletes is deleted only where it stands as it did.
 */
export function findExactPlace(text: string, hunk: PatchHunk): Place | undefined {
  return whole(text, exactPlace(text, hunk))
}

/**
 * For the text of a hunk alone: what it would delete was changed by somebody else, or its context was, so that nearly
 * the context has to do.
 */
export function findInsertPlace(text: string, hunk: PatchHunk): Place | undefined {
  const insertOnly = { ...hunk, deleted: '' }
  const exact = hunk.deleted === '' ? undefined : exactPlace(text, insertOnly)
  return whole(text, exact ?? fuzzyPlace(text, insertOnly))
}

/** Where all of the context stands in a piece of the text that begins at `from`. */
export function findNear(
  piece: string,
  hunk: PatchHunk,
  { from, at }: { readonly from: number; readonly at: number },
): Place | undefined {
  const left = hunk.before.slice(-CONTEXT)
  const wanted = left + hunk.deleted + hunk.after.slice(0, CONTEXT)
  if (wanted === '') return undefined
  const found = nearest(piece, wanted, at - left.length - from)
  if (found === undefined) return undefined
  const inPiece = whole(piece, placed(found + left.length, hunk.deleted))
  return inPiece && { from: from + inPiece.from, to: from + inPiece.to }
}

function whole(text: string, place: Place | undefined): Place | undefined {
  return place && !splitsPair(text, place.from) && !splitsPair(text, place.to) ? place : undefined
}

/** True where the text has what a hunk inserts, between what stood around it. */
export function isThere(text: string, { before, inserted, after }: PatchHunk): boolean {
  const whole = before + inserted + after
  if (inserted === '') return false
  return text === whole || (whole.length >= PRESENT_LENGTH_MIN && text.includes(whole))
}

function exactPlace(text: string, hunk: PatchHunk): Place | undefined {
  const { before, deleted, after, at } = hunk
  if (before + deleted + after === '') return text === '' ? { from: 0, to: 0 } : undefined
  for (const length of [CONTEXT, CONTEXT / 2, CONTEXT_MIN]) {
    const left = before.slice(-length)
    const found = nearest(text, left + deleted + after.slice(0, length), at - left.length)
    if (found !== undefined) return placed(found + left.length, deleted)
  }
  for (const length of [CONTEXT, CONTEXT / 2, CONTEXT_MIN]) {
    const from = besideLeft(text, hunk, length) ?? besideRight(text, hunk, length)
    if (from !== undefined) return placed(from, deleted)
  }
  return undefined
}

function placed(from: number, deleted: string): Place {
  return { from, to: from + deleted.length }
}

/** By what stands left of it alone. A context that is short began where the text began. */
function besideLeft(text: string, hunk: PatchHunk, length: number): number | undefined {
  const { before, deleted, at } = hunk
  if (before.length >= length) {
    const left = before.slice(-length)
    const found = nearest(text, left + deleted, at - length)
    return found === undefined ? undefined : found + length
  }
  return length === CONTEXT_MIN && text.startsWith(before + deleted) ? before.length : undefined
}

function besideRight(text: string, hunk: PatchHunk, length: number): number | undefined {
  const { deleted, after, at } = hunk
  if (after.length >= length) return nearest(text, deleted + after.slice(0, length), at)
  const from = text.length - after.length - deleted.length
  return length === CONTEXT_MIN && from >= 0 && text.endsWith(deleted + after) ? from : undefined
}

function fuzzyPlace(text: string, { before, after, at }: PatchHunk): Place | undefined {
  const left = before.slice(-CONTEXT / 2)
  const pattern = left + after.slice(0, CONTEXT / 2)
  if (pattern.length < CONTEXT_MIN) return undefined
  const matcher = new diff_match_patch()
  matcher.Match_Threshold = FUZZY_THRESHOLD
  // How far from its place a match may be is not our concern: the text may have been moved.
  matcher.Match_Distance = Math.max(1000, 10 * text.length)
  const found = matcher.match_main(text, pattern, Math.max(0, at - left.length))
  if (found === -1) return undefined
  const diffs = matcher.diff_main(pattern, text.slice(found, found + pattern.length), false)
  if (matcher.diff_levenshtein(diffs) > pattern.length * FUZZY_THRESHOLD) return undefined
  return placed(found + matcher.diff_xIndex(diffs, left.length), '')
}

function nearest(text: string, wanted: string, at: number): number | undefined {
  const behind = text.indexOf(wanted, Math.max(0, at))
  const ahead = at < 0 ? -1 : text.lastIndexOf(wanted, at)
  if (behind === -1) return ahead === -1 ? undefined : ahead
  return ahead === -1 || behind - at < at - ahead ? behind : ahead
}

function splitsPair(text: string, offset: number): boolean {
  const first = text.charCodeAt(offset - 1)
  const second = text.charCodeAt(offset)
  return first >= 0xd800 && first < 0xdc00 && second >= 0xdc00 && second < 0xe000
}

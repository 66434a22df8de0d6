import { z } from 'zod'

import { defineRequest } from './define.ts'
import { projectPath, timeMs } from './ids.ts'
import { HISTORY_GROUPS_MAX } from './limits.ts'

/** A document at one moment of its history: dense integers from 0. */
const version = z.int().min(0)

/** Where a page of an answer goes on: pass it as `after`; null: this was the last. */
const next = z.int().min(0).nullable()

/** Who changed something. `accountId` is '' for what no person wrote: outputs of cells, other programs on the disk. */
export const historyAuthor = z.object({ name: z.string(), accountId: z.string() })
export type HistoryAuthor = z.infer<typeof historyAuthor>

/** Changes right after one another, within one minute. */
export const documentVersions = z.object({
  /** The document before them, and after them. */
  from: version,
  to: version,
  sinceMs: timeMs,
  atMs: timeMs,
  /** In characters. */
  authors: z.array(historyAuthor.extend({ changes: z.int(), inserted: z.int(), deleted: z.int() })),
})
export type DocumentVersions = z.infer<typeof documentVersions>

/** A piece of what was changed between two versions. */
export const documentPiece = z.object({
  /** What else than text: `text` is then the field's value, or the input of the cell. */
  kind: z.enum([
    'inserted',
    'deleted',
    'cell_inserted',
    'cell_deleted',
    'cell_moved',
    'field',
    'output',
  ]),
  /** The part, or the cell. */
  part: z.string(),
  /** Of the later version's text: where it stands, or stood. */
  offset: z.int().min(0),
  /** From 1. */
  line: z.int().min(0),
  text: z.string(),
  /** How many characters there are, where `text` is cut off. */
  length: z.int().min(0),
  /** Its last change. */
  v: version,
  atMs: timeMs,
  author: historyAuthor,
})
export type DocumentPiece = z.infer<typeof documentPiece>

/** Lines that follow each other and were last changed by one change. */
export const blamedLines = z.object({
  /** From 1. */
  line: z.int().min(1),
  count: z.int().min(1),
  /** Null: from before the history. */
  change: z.object({ v: version, atMs: timeMs, author: historyAuthor }).nullable(),
})
export type BlamedLines = z.infer<typeof blamedLines>

/**
 * The history of a document, whether it is open or not, by its path. Of old typing only the ends of runs are kept, up
 * to a minute each: a version inside is answered by the one before it that is kept.
 * Refused with `not_found` where there is no history, or none at that version or time.
 */
export const documentHistoryRequests = {
  /** The newest first. `before`: those that end at this version or earlier. */
  list_document_versions: defineRequest(
    'viewer',
    {
      path: projectPath,
      before: version.optional(),
      limit: z.int().min(1).max(HISTORY_GROUPS_MAX),
    },
    {
      versions: z.array(documentVersions),
      more: z.boolean(),
      /** Parts that are damaged or missing, in sentences. */
      remarks: z.array(z.string()),
    },
  ),
  /** The content of the file as it was at `v`, at the time `atMs`, or now; from `offset` on, in pages. */
  read_document_version: defineRequest(
    'viewer',
    {
      path: projectPath,
      v: version.optional(),
      atMs: timeMs.optional(),
      offset: z.int().min(0).optional(),
    },
    {
      v: version,
      atMs: timeMs,
      text: z.string(),
      /** Of the whole text, in UTF-16 code units. */
      length: z.int().min(0),
      next,
    },
  ),
  /** What was changed after version `from` up to version `to`, in the order of the parts. */
  document_changes: defineRequest(
    'viewer',
    { path: projectPath, from: version, to: version, after: z.int().min(0).optional() },
    { from: version, to: version, pieces: z.array(documentPiece), next },
  ),
  /** Who changed each line last. `part`: of a worksheet, `CELL.input`. */
  blame_document: defineRequest(
    'viewer',
    {
      path: projectPath,
      part: z.string().max(128).optional(),
      v: version.optional(),
      after: z.int().min(0).optional(),
    },
    { v: version, lines: z.array(blamedLines), next },
  ),
  /**
   * Makes the document what it was at version `v`: all of it, one cell or part, or some lines of a text part (of version
   * `v`, from 1). A change like any other: it merges with what others type. `v` is null where nothing differs.
   */
  restore_document: defineRequest(
    'editor',
    {
      path: projectPath,
      v: version,
      part: z.string().max(128).optional(),
      fromLine: z.int().min(1).optional(),
      toLine: z.int().min(1).optional(),
    },
    { v: version.nullable() },
  ),
  /** Takes back a restore of one's own, which became version `v`; what others typed since stays. */
  undo_restore: defineRequest(
    'editor',
    { path: projectPath, v: version },
    { v: version.nullable() },
  ),
}

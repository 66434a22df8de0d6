/**
 * What a change of a document is: a list of part changes, applied all or not at all.
 *
 * A document is a set of parts, each known by its id:
 * - text: `Text` of @codemirror/state, merged character by character; an absent text part is the empty text
 * - field: a JSON value, the last committed write wins; an absent field is null
 * - list: an order of cells, by cell id
 * - stream: append-only messages of one run; a new run starts an empty stream
 *
 * A plain file has one text part, `''`. A worksheet has one list, `cells`, and for each cell `c` the parts
 * `c.input` (text), `c.output` (stream) and fields such as `c.hidden`. The part of a cell is the id of the
 * cell, a dot and a name; the parts of a deleted cell go with it.
 */

export type Json =
  | null
  | boolean
  | number
  | string
  | readonly Json[]
  | { readonly [key: string]: Json }

export type PartId = string

/** Identifies a cell inside its document, at most 32 characters of [A-Za-z0-9_-]. Not the uuid in the file. */
export type CellId = string

/** The JSON form of a ChangeSet of @codemirror/state: kept lengths, and [deleted length, ...inserted lines]. */
export type TextSections = readonly (number | readonly [number, ...string[]])[]

export type PartChange =
  /** text: edit */
  | readonly ['t', PartId, TextSections]
  /** field: set; null removes */
  | readonly ['f', PartId, Json]
  /** list: insert a cell after another ('' is the start) */
  | readonly ['i', PartId, CellId, CellId]
  /** list: move a cell after another */
  | readonly ['m', PartId, CellId, CellId]
  /** list: delete a cell */
  | readonly ['d', PartId, CellId]
  /** stream: append the messages of a run, the first of which has this sequence number */
  | readonly ['a', PartId, string, number, readonly Json[]]
  /** stream: clear, and begin this run */
  | readonly ['c', PartId, string]
  /** rescued: text typed into a cell that somebody deleted meanwhile. Changes nothing, is shown to its author */
  | readonly ['r', PartId, string]

export type Change = readonly PartChange[]

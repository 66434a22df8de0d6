import { z } from 'zod'

import { defineNotice, defineRequest } from './define.ts'
import { channelId, projectPath, timeMs } from './ids.ts'

export const documentKind = z.enum(['text', 'worksheet'])
export type DocumentKind = z.infer<typeof documentKind>

/**
 * When a change counts as kept, and is acknowledged: once it is in the journal's file, which outlives our processes
 * and is on the disk within 100 ms; or once it is on the disk, which outlives a power failure too.
 */
export const documentDurability = z.enum(['process', 'power'])
export type DocumentDurability = z.infer<typeof documentDurability>

/** Where a document stands between the local hub and the disk. */
export const documentDisk = z.object({
  state: z.enum(['saved', 'saving', 'unsaved', 'failed', 'conflict', 'deleted']),
  /** When it was last written or read, by the local hub's clock. */
  sinceMs: timeMs,
  /** What is wrong, and what to do. */
  message: z.string().optional(),
  readOnly: z.boolean(),
  readOnlyReason: z.string().optional(),
})
export type DocumentDisk = z.infer<typeof documentDisk>

/**
 * Documents. `open_document` opens a channel, on which the binary messages of src/sync (SPEC.md, wire format) go
 * both ways: join or resume, edits, items, presence. The channel is the same for all clients of the document.
 */
export const documentRequests = {
  /**
   * Refused with `not_text` (binary or not UTF-8), `too_large`, `not_found`, `not_a_file`, `outside_project`.
   * `kind` is chosen by the file's name.
   */
  open_document: defineRequest(
    'viewer',
    { path: projectPath },
    {
      channel: channelId,
      path: z.string(),
      kind: documentKind,
      disk: documentDisk,
      /** What was found or repaired when it was read, for the page. */
      remarks: z.array(z.string()),
      durability: documentDurability,
    },
  ),
  close_document: defineRequest('viewer', { channel: channelId }, {}),
  /** Writes it now instead of in a moment; answered when it is on the disk. */
  save_document: defineRequest('editor', { channel: channelId }, {}),
  /** The file is compared now: a page that comes to the front asks, for where nobody tells what other programs do. */
  compare_document: defineRequest('viewer', { channel: channelId }, {}),
}

/** Local hub -> client. */
export const documentNotices = {
  /**
   * The path (after a rename in Salvus) of an open document, or its disk state: not when it goes from `saved` to
   * `unsaved` or back, which its versions say (`saved` on the channel).
   */
  document_changed: defineNotice('viewer', {
    channel: channelId,
    path: z.string(),
    disk: documentDisk,
    /** Something to tell once, such as a repair with its kept original. */
    remark: z.string().optional(),
  }),
  /** The channel is closed by the local hub. */
  document_closed: defineNotice('viewer', {
    channel: channelId,
    reason: z.string(),
    /** The document had to be left, and is kept: the page opens it again by itself. */
    again: z.boolean().optional(),
  }),
}

import { z } from 'zod'

import { defineNotice, defineRequest } from './define.ts'
import { channelId, projectPath, sha256, timeMs } from './ids.ts'

export const fileEntry = z.object({
  name: z.string(),
  kind: z.enum(['file', 'directory', 'link', 'other']),
  sizeBytes: z.int().min(0),
  modifiedMs: timeMs,
  /** A link: what it leads to, where that is inside the project. */
  target: z.enum(['file', 'directory', 'broken', 'outside']).optional(),
  writable: z.boolean(),
})
export type FileEntry = z.infer<typeof fileEntry>

/** What to do where the name is taken: refuse with `exists`, replace, or find a free name beside it. */
export const onConflict = z.enum(['refuse', 'replace', 'rename'])

export const trashEntry = z.object({
  trashId: z.string().max(300),
  path: z.string(),
  deletedMs: timeMs,
  sizeBytes: z.int().min(0),
  kind: z.enum(['file', 'directory', 'link', 'other']),
})
export type TrashEntry = z.infer<typeof trashEntry>

export const fileRequests = {
  /** `complete` is false where the folder has more entries than are listed (5,000). With `watch`, `directory_changed` follows until unwatch_directory. */
  list_directory: defineRequest(
    'viewer',
    { path: projectPath, watch: z.boolean().optional() },
    { entries: z.array(fileEntry), complete: z.boolean() },
  ),
  unwatch_directory: defineRequest('viewer', { path: projectPath }, {}),
  stat_file: defineRequest('viewer', { path: projectPath }, { entry: fileEntry }),
  /** A new empty file or folder, or a file with this text (a template). Refused with `exists`. */
  create_file: defineRequest(
    'editor',
    {
      path: projectPath,
      kind: z.enum(['file', 'directory']),
      text: z.string().max(100_000).optional(),
    },
    { path: z.string() },
  ),
  move_file: defineRequest(
    'editor',
    { from: projectPath, to: projectPath, onConflict },
    { path: z.string() },
  ),
  copy_file: defineRequest(
    'editor',
    { from: projectPath, to: projectPath, onConflict },
    { path: z.string() },
  ),
  /** To the project's trash; `trashIds` undo it. */
  delete_files: defineRequest(
    'editor',
    { paths: z.array(projectPath).min(1).max(1000) },
    { trashIds: z.array(z.string()) },
  ),
  list_trash: defineRequest('viewer', {}, { entries: z.array(trashEntry), sizeBytes: z.int() }),
  restore_files: defineRequest(
    'editor',
    { trashIds: z.array(z.string().max(300)).min(1).max(1000), onConflict },
    { paths: z.array(z.string()) },
  ),
  /** Can't be undone. */
  empty_trash: defineRequest('editor', {}, {}),

  /**
   * Begins or resumes an upload: with the `uploadId` of an interrupted one the answer's `offset` says where to go
   * on. Chunks go up on the channel; the local hub's `upload_progress` is the acknowledgement, and the sender stays
   * within WINDOW_BYTES of it. The file appears whole, at finish_upload.
   */
  open_upload: defineRequest(
    'editor',
    {
      path: projectPath,
      sizeBytes: z.int().min(0),
      onConflict,
      uploadId: z.string().max(100).optional(),
    },
    { channel: channelId, uploadId: z.string(), offset: z.int().min(0) },
  ),
  /** `sha256` of the whole is compared where the sender knows it; `bad_value` where it differs, and nothing appears. */
  finish_upload: defineRequest(
    'editor',
    { channel: channelId, sha256: sha256.optional() },
    { path: z.string() },
  ),
  cancel_upload: defineRequest('editor', { channel: channelId }, {}),

  /** Chunks come on the channel, within WINDOW_BYTES of what `acknowledge_download` says; then `download_finished`. */
  open_download: defineRequest(
    'viewer',
    {
      path: projectPath,
      offset: z.int().min(0).optional(),
      lengthBytes: z.int().min(0).optional(),
    },
    { channel: channelId, sizeBytes: z.int(), modifiedMs: timeMs, etag: z.string() },
  ),
  cancel_download: defineRequest('viewer', { channel: channelId }, {}),
}

/** Client -> local hub. */
export const fileNoticesUp = {
  acknowledge_download: defineNotice('viewer', {
    channel: channelId,
    receivedBytes: z.int().min(0),
  }),
}

/** Local hub -> client. */
export const fileNotices = {
  /** A watched folder has changed: this is all of it. */
  directory_changed: defineNotice('viewer', {
    path: z.string(),
    entries: z.array(fileEntry),
    complete: z.boolean(),
    /** The folder itself is gone. */
    gone: z.boolean().optional(),
  }),
  upload_progress: defineNotice('viewer', { channel: channelId, receivedBytes: z.int().min(0) }),
  upload_failed: defineNotice('viewer', {
    channel: channelId,
    code: z.string(),
    message: z.string(),
  }),
  download_finished: defineNotice('viewer', { channel: channelId, sentBytes: z.int().min(0) }),
  download_failed: defineNotice('viewer', {
    channel: channelId,
    code: z.string(),
    message: z.string(),
  }),
}

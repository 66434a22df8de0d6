import type { fileNoticesUp, fileRequests } from '../../messages/files.ts'
import type { Channels } from '../client.ts'
import type { Handlers, NoticeHandlers } from '../handler.ts'
import { Downloads } from './downloads.ts'
import { listDirectory, statFile } from './list-directory.ts'
import { copyFile, createFile, moveFile } from './operations.ts'
import { emptyTrash, listTrash, moveAllToTrash, restoreFromTrash } from './trash.ts'
import { Uploads } from './uploads.ts'
import { DirectoryWatches } from './watch-directories.ts'

export interface FileAreaOptions {
  /** Real path of the project's directory. */
  readonly projectDir: string
  readonly channels: Channels
  /** A file or folder was moved in Salvus: what is open under the old path follows it. */
  readonly onMoved: (from: string, to: string) => void
  readonly onWatchError: (path: string, error: unknown) => void
}

export interface FileArea extends AsyncDisposable {
  readonly handlers: Handlers<keyof typeof fileRequests>
  readonly noticeHandlers: NoticeHandlers<keyof typeof fileNoticesUp>
}

/** All that people do with files outside an editor. */
export async function createFileArea(options: FileAreaOptions): Promise<FileArea> {
  const { projectDir, channels } = options
  const watches = new DirectoryWatches(projectDir, options.onWatchError)
  const uploads = new Uploads(projectDir, channels)
  const downloads = new Downloads(projectDir, channels)
  await uploads.removeStale(Date.now())
  return {
    handlers: {
      ...browsingHandlers(projectDir, watches),
      ...changingHandlers(options),
      ...trashHandlers(projectDir),
      ...transferHandlers(uploads, downloads),
    },
    noticeHandlers: {
      acknowledge_download: ({ channel, receivedBytes }, client) =>
        downloads.acknowledge(channel, client, receivedBytes),
    },
    async [Symbol.asyncDispose]() {
      watches.close()
      await uploads.close()
      await downloads.close()
    },
  }
}

function browsingHandlers(
  projectDir: string,
  watches: DirectoryWatches,
): Handlers<'list_directory' | 'unwatch_directory' | 'stat_file'> {
  return {
    async list_directory({ path, watch }, client) {
      // Watched first: what changes between the two is told.
      if (watch) await watches.add(path, client)
      return listDirectory(projectDir, path)
    },
    unwatch_directory({ path }, client) {
      watches.remove(path, client)
      return {}
    },
    stat_file: async ({ path }) => ({ entry: await statFile(projectDir, path) }),
  }
}

function changingHandlers({
  projectDir,
  onMoved,
}: FileAreaOptions): Handlers<'create_file' | 'move_file' | 'copy_file'> {
  return {
    create_file: async ({ path, kind, text }) => ({
      path: await createFile(projectDir, path, { kind, text: text ?? '' }),
    }),
    async move_file({ from, to, onConflict }) {
      const moved = await moveFile(projectDir, from, to, onConflict)
      onMoved(moved.from, moved.to)
      return { path: moved.to }
    },
    copy_file: async ({ from, to, onConflict }) => ({
      path: await copyFile(projectDir, from, to, onConflict),
    }),
  }
}

function trashHandlers(
  projectDir: string,
): Handlers<'delete_files' | 'list_trash' | 'restore_files' | 'empty_trash'> {
  return {
    async delete_files({ paths }) {
      return { trashIds: await moveAllToTrash(projectDir, paths) }
    },
    async list_trash() {
      const entries = await listTrash(projectDir)
      return { entries, sizeBytes: entries.reduce((sum, entry) => sum + entry.sizeBytes, 0) }
    },
    async restore_files({ trashIds, onConflict }) {
      const paths: string[] = []
      for (const trashId of trashIds)
        paths.push(await restoreFromTrash(projectDir, trashId, onConflict))
      return { paths }
    },
    async empty_trash() {
      await emptyTrash(projectDir)
      return {}
    },
  }
}

function transferHandlers(
  uploads: Uploads,
  downloads: Downloads,
): Handlers<
  'open_upload' | 'finish_upload' | 'cancel_upload' | 'open_download' | 'cancel_download'
> {
  return {
    open_upload: (request, client) => uploads.begin(request, client),
    finish_upload: async ({ channel, sha256 }, client) => ({
      path: await uploads.finish(channel, client, sha256),
    }),
    async cancel_upload({ channel }, client) {
      await uploads.cancel(channel, client)
      return {}
    },
    open_download: (request, client) => downloads.begin(request, client),
    async cancel_download({ channel }, client) {
      await downloads.cancel(channel, client)
      return {}
    },
  }
}

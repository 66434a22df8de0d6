import { type FSWatcher, watch } from 'node:fs'
import { stat } from 'node:fs/promises'
import { basename, dirname } from 'node:path'

import { codeOf } from '../../util/coded-error.ts'

/** Several events of one save come together: looked at once, this long after the first, in milliseconds. */
const SETTLE_MS = 40

/** Watches a folder or a file. */
export type OpenWatcher = (
  path: string,
  onEvent: (name: string | null) => void,
  onError: (error: unknown) => void,
) => { close(): void }

export interface FolderWatchesOptions {
  /** What happens in the folder is not told any more, or never was: the system lets nobody watch more. */
  readonly onError: (folder: string, error: unknown) => void
  /** It is told again. */
  readonly onRecovered: (folder: string) => void
  readonly open?: OpenWatcher
}

interface WatchedFile {
  readonly absolute: string
  readonly onChange: () => void
  timer: NodeJS.Timeout | undefined
  stopped: boolean
  /** Of a file with several names: what is written by the others is told by the file alone. */
  itself: { readonly inode: string; close(): void } | undefined
}

interface WatchedFolder {
  readonly folder: string
  readonly files: Set<WatchedFile>
  watcher: { close(): void } | undefined
  /** While the folder is not there: the nearest that is, for it to come back. */
  above: { close(): void } | undefined
  failed: boolean
}

/**
 * Tells when something happened to a file, however it was changed: its folder is watched, once for all files in it,
 * because a file that is replaced by renaming is another file.
 *
 *     watched ──folder removed──> above ──made again──> watched
 *        └── can't be watched ──tried again by `retry`──> watched
 */
export class FolderWatches {
  readonly #folders = new Map<string, WatchedFolder>()
  readonly #options: FolderWatchesOptions
  readonly #open: OpenWatcher

  constructor(options: FolderWatchesOptions) {
    this.#options = options
    this.#open = options.open ?? openWatcher
  }

  /** Returns how to stop. */
  watch(absolute: string, onChange: () => void): () => void {
    const folder = dirname(absolute)
    const file: WatchedFile = {
      absolute,
      onChange,
      timer: undefined,
      stopped: false,
      itself: undefined,
    }
    const known = this.#folders.get(folder)
    const watched = known ?? newFolder(folder)
    watched.files.add(file)
    this.#folders.set(folder, watched)
    if (known === undefined) this.#begin(watched)
    void this.#watchItself(file)
    return () => {
      clearTimeout(file.timer)
      file.itself?.close()
      file.stopped = true
      watched.files.delete(file)
      if (watched.files.size === 0) this.#end(watched)
    }
  }

  /** False where changes of the file are not told. */
  isWatched(absolute: string): boolean {
    return this.#folders.get(dirname(absolute))?.failed === false
  }

  /** Tries again to watch what could not be watched. */
  retry(absolute: string): void {
    const watched = this.#folders.get(dirname(absolute))
    if (watched?.failed) this.#begin(watched)
  }

  close(): void {
    for (const watched of this.#folders.values()) {
      for (const file of watched.files) {
        clearTimeout(file.timer)
        file.itself?.close()
        file.stopped = true
      }
      this.#end(watched)
    }
  }

  #begin(watched: WatchedFolder): void {
    const { folder } = watched
    try {
      watched.watcher = this.#open(
        folder,
        (name) => this.#happened(watched, name),
        (error) => this.#failed(watched, error),
      )
      const hadFailed = watched.failed
      watched.failed = false
      if (hadFailed) this.#options.onRecovered(folder)
    } catch (error) {
      if (isGone(error) && dirname(folder) !== folder) this.#watchAbove(watched, dirname(folder))
      else this.#failed(watched, error)
    }
  }

  #end(watched: WatchedFolder): void {
    watched.watcher?.close()
    watched.above?.close()
    watched.watcher = undefined
    watched.above = undefined
    if (this.#folders.get(watched.folder) === watched) this.#folders.delete(watched.folder)
  }

  #happened(watched: WatchedFolder, name: string | null): void {
    // Without a name, or with the folder's own, anything may have happened.
    const isOfFolder = name === null || name === basename(watched.folder)
    for (const file of watched.files) {
      if (isOfFolder || name === basename(file.absolute)) this.#settle(file)
    }
    if (isOfFolder) this.#again(watched)
  }

  /** Another folder may be here now. */
  #again(watched: WatchedFolder): void {
    watched.watcher?.close()
    watched.above?.close()
    watched.watcher = undefined
    watched.above = undefined
    this.#begin(watched)
  }

  #watchAbove(watched: WatchedFolder, folder: string): void {
    const onError = (error: unknown): void => this.#failed(watched, error)
    try {
      watched.above = this.#open(folder, () => this.#mayBeBack(watched), onError)
    } catch (error) {
      if (isGone(error) && dirname(folder) !== folder) this.#watchAbove(watched, dirname(folder))
      else this.#failed(watched, error)
      return
    }
    // It may have come back before it was watched for.
    this.#mayBeBack(watched)
  }

  #mayBeBack(watched: WatchedFolder): void {
    const { folder, above } = watched
    try {
      watched.watcher = this.#open(
        folder,
        (name) => this.#happened(watched, name),
        (error) => this.#failed(watched, error),
      )
    } catch (error) {
      if (!isGone(error)) return this.#failed(watched, error)
      return
    }
    above?.close()
    watched.above = undefined
    for (const file of watched.files) this.#settle(file)
  }

  #failed(watched: WatchedFolder, error: unknown): void {
    watched.watcher?.close()
    watched.watcher = undefined
    watched.failed = true
    this.#options.onError(watched.folder, error)
    for (const file of watched.files) this.#settle(file)
  }

  #settle(file: WatchedFile): void {
    file.timer ??= setTimeout(() => {
      file.timer = undefined
      void this.#watchItself(file)
      file.onChange()
    }, SETTLE_MS)
  }

  async #watchItself(file: WatchedFile): Promise<void> {
    const stats = await stat(file.absolute, { bigint: true }).catch(() => undefined)
    const inode = stats && stats.nlink > 1n ? `${stats.dev}:${stats.ino}` : undefined
    if (file.stopped || inode === file.itself?.inode) return
    file.itself?.close()
    file.itself = undefined
    if (inode === undefined) return
    try {
      const watcher = this.#open(
        file.absolute,
        () => this.#settle(file),
        () => file.itself?.close(),
      )
      file.itself = { inode, close: () => watcher.close() }
    } catch (error) {
      if (!isGone(error)) this.#options.onError(dirname(file.absolute), error)
    }
  }
}

function newFolder(folder: string): WatchedFolder {
  return { folder, files: new Set(), watcher: undefined, above: undefined, failed: false }
}

function openWatcher(
  path: string,
  onEvent: (name: string | null) => void,
  onError: (error: unknown) => void,
): { close(): void } {
  const watcher: FSWatcher = watch(path, { persistent: false }, (_event, name) => onEvent(name))
  watcher.on('error', onError)
  return { close: () => watcher.close() }
}

function isGone(error: unknown): boolean {
  const code = codeOf(error)
  return code === 'ENOENT' || code === 'ENOTDIR'
}

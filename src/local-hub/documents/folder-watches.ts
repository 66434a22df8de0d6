import { type FSWatcher, watch } from 'node:fs'
import { stat } from 'node:fs/promises'
import { basename, dirname, join, relative, sep } from 'node:path'

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
  /** By their names in it: what we write comes with some events of a temporary name, which none of them is. */
  readonly files: Map<string, Set<WatchedFile>>
  watcher: { close(): void } | undefined
  /** What is watched: the folder, or while it is not there the nearest above that is, for it to come back. */
  path: string
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
    const name = basename(absolute)
    const namesakes = watched.files.get(name) ?? new Set()
    watched.files.set(name, namesakes.add(file))
    this.#folders.set(folder, watched)
    if (known === undefined) this.#begin(watched)
    void this.#watchItself(file)
    return () => {
      clearTimeout(file.timer)
      file.itself?.close()
      file.stopped = true
      namesakes.delete(file)
      if (namesakes.size === 0 && watched.files.get(name) === namesakes) watched.files.delete(name)
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
      for (const file of filesOf(watched)) {
        clearTimeout(file.timer)
        file.itself?.close()
        file.stopped = true
      }
      this.#end(watched)
    }
  }

  #begin(watched: WatchedFolder): void {
    try {
      const hadFailed = watched.failed
      this.#watchNearest(watched)
      watched.failed = false
      if (hadFailed) this.#options.onRecovered(watched.folder)
    } catch (error) {
      this.#failed(watched, error)
    }
  }

  /** Up to the nearest folder that is there, and then down again, as far as some have come back meanwhile. */
  #watchNearest(watched: WatchedFolder): void {
    let path = watched.folder
    let watcher = this.#tryOpen(watched, path)
    while (watcher === undefined && dirname(path) !== path) {
      path = dirname(path)
      watcher = this.#tryOpen(watched, path)
    }
    while (watcher !== undefined && path !== watched.folder) {
      const [name = ''] = relative(path, watched.folder).split(sep)
      const below = this.#tryOpen(watched, join(path, name))
      if (below === undefined) break
      watcher.close()
      watcher = below
      path = join(path, name)
    }
    watched.watcher = watcher
    watched.path = path
  }

  /** Undefined where there is no such folder. @throws where it can't be watched */
  #tryOpen(watched: WatchedFolder, path: string): { close(): void } | undefined {
    const onEvent = (name: string | null): void => this.#happened(watched, name)
    try {
      return this.#open(path, onEvent, (error) => this.#failed(watched, error))
    } catch (error) {
      if (isGone(error)) return undefined
      throw error
    }
  }

  #end(watched: WatchedFolder): void {
    watched.watcher?.close()
    watched.watcher = undefined
    if (this.#folders.get(watched.folder) === watched) this.#folders.delete(watched.folder)
  }

  #happened(watched: WatchedFolder, name: string | null): void {
    const { path, folder } = watched
    const isBack = path !== folder && name === relative(path, folder).split(sep)[0]
    // Without a name, or with the folder's own, anything may have happened.
    const isOfFolder = isBack || name === null || name === basename(path)
    if (isOfFolder) {
      // Another folder may be here now.
      watched.watcher?.close()
      this.#begin(watched)
    }
    if (!isOfFolder) for (const file of watched.files.get(name) ?? []) this.#settle(file)
    else for (const file of filesOf(watched)) this.#settle(file)
  }

  #failed(watched: WatchedFolder, error: unknown): void {
    watched.watcher?.close()
    watched.watcher = undefined
    watched.failed = true
    this.#options.onError(watched.folder, error)
    for (const file of filesOf(watched)) this.#settle(file)
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
  return { folder, files: new Map(), watcher: undefined, path: folder, failed: false }
}

function filesOf({ files }: WatchedFolder): readonly WatchedFile[] {
  return [...files.values()].flatMap((namesakes) => [...namesakes])
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

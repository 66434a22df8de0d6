import { type FSWatcher, watch } from 'node:fs'
import { basename, dirname } from 'node:path'

/** Several events of one save come together: looked at once, this long after the first, in milliseconds. */
const SETTLE_MS = 40

interface WatchedFolder {
  readonly watcher: FSWatcher
  readonly files: Set<WatchedFile>
}

interface WatchedFile {
  readonly absolute: string
  readonly onChange: () => void
  timer: NodeJS.Timeout | undefined
}

/**
 * Tells when something happened to a file, however it was changed: its folder is watched, once for all files in it,
 * because a file that is replaced by renaming is another file.
 */
export class FolderWatches {
  readonly #folders = new Map<string, WatchedFolder>()
  readonly #onError: (folder: string, error: unknown) => void

  /** `onError`: what happens in the folder is not told any more, or never was. */
  constructor(onError: (folder: string, error: unknown) => void) {
    this.#onError = onError
  }

  /** Returns how to stop. */
  watch(absolute: string, onChange: () => void): () => void {
    const folder = dirname(absolute)
    const file: WatchedFile = { absolute, onChange, timer: undefined }
    const watched = this.#folders.get(folder) ?? this.#open(folder)
    if (watched === undefined) return () => undefined
    watched.files.add(file)
    return () => {
      clearTimeout(file.timer)
      watched.files.delete(file)
      if (watched.files.size === 0) this.#close(folder, watched)
    }
  }

  close(): void {
    for (const [folder, watched] of this.#folders) {
      for (const file of watched.files) clearTimeout(file.timer)
      this.#close(folder, watched)
    }
  }

  #open(folder: string): WatchedFolder | undefined {
    try {
      const files = new Set<WatchedFile>()
      const watcher = watch(folder, { persistent: false }, (_event, name) => {
        for (const file of files) {
          // Without a name, or with the folder's own, anything may have happened.
          const concerns = name === null || name === basename(file.absolute)
          if (concerns || name === basename(folder)) settle(file)
        }
      })
      const watched = { watcher, files }
      watcher.on('error', (error) => {
        this.#onError(folder, error)
        for (const file of files) settle(file)
      })
      this.#folders.set(folder, watched)
      return watched
    } catch (error) {
      this.#onError(folder, error)
      return undefined
    }
  }

  #close(folder: string, watched: WatchedFolder): void {
    watched.watcher.close()
    if (this.#folders.get(folder) === watched) this.#folders.delete(folder)
  }
}

function settle(file: WatchedFile): void {
  file.timer ??= setTimeout(() => {
    file.timer = undefined
    file.onChange()
  }, SETTLE_MS)
}

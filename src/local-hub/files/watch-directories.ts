import { type FSWatcher, watch } from 'node:fs'

import type { LocalClient } from '../client.ts'
import { CodedError } from '../../util/coded-error.ts'
import { type Listing, listDirectory } from './list-directory.ts'
import { resolveTarget } from './project-path.ts'

/** A folder is listed this long after the first of a burst of changes, in milliseconds. */
const SETTLE_MS = 100

/** Folders that one client may watch: those a page shows. */
const WATCHES_MAX = 64

interface WatchedDirectory {
  readonly watcher: FSWatcher
  readonly clients: Set<LocalClient>
  timer: NodeJS.Timeout | undefined
}

/**
 * The folders that somebody is shown. One inotify watch for a folder however many look at it; each change lists it
 * once and tells all of them.
 */
export class DirectoryWatches {
  readonly #projectDir: string
  readonly #watched = new Map<string, WatchedDirectory>()
  readonly #onWatchError: (path: string, error: unknown) => void

  constructor(projectDir: string, onWatchError: (path: string, error: unknown) => void) {
    this.#projectDir = projectDir
    this.#onWatchError = onWatchError
  }

  /** @throws CodedError `too_many_requests` where the client watches too many folders already, `not_found` */
  async add(path: string, client: LocalClient): Promise<void> {
    const existing = this.#watched.get(path)
    if (existing?.clients.has(client)) return
    if (this.#countOf(client) >= WATCHES_MAX) {
      throw new CodedError('too_many_requests', `more than ${WATCHES_MAX} folders are watched`)
    }
    const directory = existing ?? (await this.#open(path))
    directory.clients.add(client)
    client.left.addEventListener('abort', () => this.remove(path, client), { once: true })
  }

  remove(path: string, client: LocalClient): void {
    const directory = this.#watched.get(path)
    if (!directory?.clients.delete(client) || directory.clients.size > 0) return
    this.#close(path, directory)
  }

  close(): void {
    for (const [path, directory] of this.#watched) this.#close(path, directory)
  }

  #countOf(client: LocalClient): number {
    let count = 0
    for (const directory of this.#watched.values()) if (directory.clients.has(client)) count++
    return count
  }

  async #open(path: string): Promise<WatchedDirectory> {
    const { absolute } = await resolveTarget(this.#projectDir, path)
    // Another client may have opened it while the path was resolved.
    const opened = this.#watched.get(path)
    if (opened) return opened
    const watcher = watch(absolute, { persistent: false }, () => this.#changed(path))
    watcher.on('error', (error) => {
      this.#onWatchError(path, error)
      this.#changed(path)
    })
    const directory: WatchedDirectory = { watcher, clients: new Set(), timer: undefined }
    this.#watched.set(path, directory)
    return directory
  }

  #changed(path: string): void {
    const directory = this.#watched.get(path)
    if (!directory || directory.timer) return
    directory.timer = setTimeout(() => {
      directory.timer = undefined
      void this.#tell(path, directory)
    }, SETTLE_MS)
  }

  async #tell(path: string, directory: WatchedDirectory): Promise<void> {
    const listing = await this.#listOrGone(path)
    if (this.#watched.get(path) !== directory) return
    for (const client of directory.clients) client.notify('directory_changed', { path, ...listing })
    if (listing.gone) this.#close(path, directory)
  }

  async #listOrGone(path: string): Promise<Listing & { gone?: boolean }> {
    try {
      return await listDirectory(this.#projectDir, path)
    } catch {
      // Not there, or not ours any more: for the people who look at it that is the same.
      return { entries: [], complete: true, gone: true }
    }
  }

  #close(path: string, directory: WatchedDirectory): void {
    if (directory.timer) clearTimeout(directory.timer)
    directory.watcher.close()
    this.#watched.delete(path)
  }
}

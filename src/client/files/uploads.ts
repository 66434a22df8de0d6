import { errorText } from '../app/error-text.ts'
import { Value, waitFor } from '../app/observable.ts'
import type { ProjectConnection } from '../connection/project-connection.ts'
import { RequestError } from '../connection/request-error.ts'
import { folderOf, joinPath } from './paths.ts'
import { sendFile } from './upload-sender.ts'

/** A file that somebody chose or dropped; `path` is relative to the folder it goes into. */
export interface ChosenFile {
  readonly path: string
  readonly file: File
}

export interface Upload {
  readonly id: number
  readonly path: string
  readonly sizeBytes: number
  readonly receivedBytes: number
  readonly state: 'waiting' | 'sending' | 'interrupted' | 'done' | 'failed' | 'cancelled'
  readonly message?: string
}

/** Where the files of one choice go, and the folders that were made for them already. */
interface Folders {
  readonly root: string
  readonly made: Set<string>
}

/** A connection that comes and goes this often within one file is reported instead of tried again. */
const ATTEMPTS_MAX = 50

/** Before going on with an interrupted upload, in milliseconds, times the attempts so far. */
const RETRY_MS = 200

/** After this long without a connection an upload gives up; choosing the file again resumes it. */
const AWAY_MAX_MS = 30 * 60_000

/**
 * The uploads into one project, one after another in the order in which they were chosen. An upload that was cut
 * off goes on by itself when the route is open again; after a reload, when the same file is chosen for the same
 * place: what identifies it is remembered in localStorage.
 */
export class Uploads {
  readonly list = new Value<readonly Upload[]>([])
  readonly #project: ProjectConnection
  readonly #cancels = new Map<number, AbortController>()
  #queue: Promise<void> = Promise.resolve()
  #nextId = 1

  constructor(project: ProjectConnection) {
    this.#project = project
  }

  add(folder: string, chosen: readonly ChosenFile[]): void {
    const folders = new Set<string>()
    for (const { path, file } of chosen) {
      const target = joinPath(folder, path)
      const id = this.#nextId++
      this.#cancels.set(id, new AbortController())
      this.list.update((list) => [
        ...list,
        { id, path: target, sizeBytes: file.size, receivedBytes: 0, state: 'waiting' },
      ])
      this.#queue = this.#queue.then(() =>
        this.#run(id, target, file, { root: folder, made: folders }),
      )
    }
  }

  cancel(id: number): void {
    this.#cancels.get(id)?.abort(new DOMException('cancelled', 'AbortError'))
    this.#change(id, { state: 'cancelled' })
  }

  /** Takes what is over out of the list. */
  clearFinished(): void {
    this.list.update((list) =>
      list.filter(
        ({ state }) => state === 'waiting' || state === 'sending' || state === 'interrupted',
      ),
    )
  }

  async #run(id: number, path: string, file: File, folders: Folders): Promise<void> {
    const signal = this.#cancels.get(id)?.signal ?? AbortSignal.abort()
    try {
      for (let attempt = 1; !signal.aborted; attempt++) {
        try {
          await this.#makeFolders(folderOf(path), folders)
          await this.#sendOnce(id, path, file, signal)
          this.#change(id, { state: 'done', receivedBytes: file.size })
          return
        } catch (error) {
          if (!isInterruption(error) || attempt >= ATTEMPTS_MAX) throw error
          this.#change(id, { state: 'interrupted' })
          await waitFor(
            this.#project.state,
            (state) => state.kind === 'open',
            AbortSignal.any([signal, AbortSignal.timeout(AWAY_MAX_MS)]),
          )
          await pause(RETRY_MS * attempt, signal)
        }
      }
    } catch (error) {
      if (!signal.aborted) this.#change(id, { state: 'failed', message: errorText(error) })
    } finally {
      this.#cancels.delete(id)
    }
  }

  async #sendOnce(id: number, path: string, file: File, signal: AbortSignal): Promise<void> {
    const key = `salvus.upload.${this.#project.projectId}.${path}.${file.size}.${file.lastModified}`
    const known = localStorage.getItem(key)
    const request = { path, sizeBytes: file.size, onConflict: 'rename' } as const
    const { channel, uploadId, offset } = await this.#project.request(
      'open_upload',
      known === null ? request : { ...request, uploadId: known },
      { signal },
    )
    localStorage.setItem(key, uploadId)
    this.#change(id, { state: 'sending', receivedBytes: offset })
    try {
      const onProgress = (receivedBytes: number): void => this.#change(id, { receivedBytes })
      await sendFile({ project: this.#project, channel, file, offset, signal, onProgress })
      const { path: placed } = await this.#project.request('finish_upload', { channel })
      this.#change(id, { path: placed })
      localStorage.removeItem(key)
    } catch (error) {
      if (!isInterruption(error)) {
        localStorage.removeItem(key)
        // It may be gone already, with the route: then there is nothing to cancel.
        await this.#project.request('cancel_upload', { channel }).catch(() => undefined)
      }
      throw error
    }
  }

  /** The folders of a dropped folder, outermost first; those that are there already are taken as they are. */
  async #makeFolders(folder: string, folders: Folders): Promise<void> {
    const { root, made } = folders
    if (folder === root || folder === '' || made.has(folder)) return
    await this.#makeFolders(folderOf(folder), folders)
    try {
      await this.#project.request('create_file', { path: folder, kind: 'directory' })
    } catch (error) {
      if (!(error instanceof RequestError && error.code === 'exists')) throw error
    }
    made.add(folder)
  }

  #change(id: number, change: Partial<Upload>): void {
    this.list.update((list) =>
      list.map((upload) =>
        upload.id === id && upload.state !== 'cancelled' ? { ...upload, ...change } : upload,
      ),
    )
  }
}

/** Whether going on later makes sense: the way was lost, nothing was refused. */
function isInterruption(error: unknown): boolean {
  if (!(error instanceof RequestError)) return false
  return ['closed', 'deadline', 'unavailable', 'conflict'].includes(error.code)
}

function pause(durationMs: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, durationMs)
    signal.addEventListener('abort', () => {
      clearTimeout(timer)
      resolve()
    })
  })
}

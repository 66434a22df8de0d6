import type { FileEntry } from '../../messages/files.ts'
import { errorText } from '../app/error-text.ts'
import { Value } from '../app/observable.ts'
import type { ProjectConnection } from '../connection/project-connection.ts'

export interface DirectoryState {
  /** Undefined until it was listed; kept while the connection is away. */
  readonly entries: readonly FileEntry[] | undefined
  readonly complete: boolean
  readonly gone: boolean
  readonly error?: string
}

const UNKNOWN: DirectoryState = { entries: undefined, complete: true, gone: false }

/** One folder as it is, watched while it is shown, and listed anew after each reopening of the route. */
export class Directory {
  readonly state = new Value<DirectoryState>(UNKNOWN)
  readonly path: string
  readonly #project: ProjectConnection
  readonly #stops: (() => void)[]

  constructor(project: ProjectConnection, path: string) {
    this.#project = project
    this.path = path
    this.#stops = [
      project.on('directory_changed', (change) => {
        if (change.path !== path) return
        const { entries, complete, gone = false } = change
        this.state.set({ entries, complete, gone })
      }),
      project.epoch.subscribe(() => this.#list()),
    ]
    if (project.state.get().kind === 'open') this.#list()
  }

  reload(): void {
    this.#list()
  }

  close(): void {
    for (const stop of this.#stops) stop()
    if (this.#project.state.get().kind !== 'open') return
    // A folder that is watched for nobody costs little, and ends with the route.
    this.#project.request('unwatch_directory', { path: this.path }).catch(() => undefined)
  }

  #list(): void {
    const { path } = this
    this.#project.request('list_directory', { path, watch: true }).then(
      ({ entries, complete }) => this.state.set({ entries, complete, gone: false }),
      (error: unknown) => this.state.update((state) => ({ ...state, error: errorText(error) })),
    )
  }
}

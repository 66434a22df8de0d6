import type { ProjectId } from '../../messages/ids.ts'
import { Value } from '../app/observable.ts'

export interface Tab {
  readonly path: string
  /** What an editor says of itself, where that is more than the file's name. */
  readonly title?: string
}

/** Open documents that a browser tab remembers; each holds an editor in memory. */
const TABS_MAX = 30

/** The documents that are open in a project, in the order of their tabs, remembered over a reload. */
export class OpenTabs {
  readonly list: Value<readonly Tab[]>
  readonly #key: string
  readonly #storage: Storage

  constructor(projectId: ProjectId, storage: Storage) {
    this.#key = `salvus.tabs.${projectId}`
    this.#storage = storage
    this.list = new Value(readTabs(storage.getItem(this.#key)))
  }

  /** Adds a tab where there is none of this path; over the limit the oldest goes. */
  open(path: string): void {
    if (this.list.get().some((tab) => tab.path === path)) return
    this.#set([...this.list.get(), { path }].slice(-TABS_MAX))
  }

  /** Returns the path of the neighbour that is shown next, or undefined where none is left. */
  close(path: string): string | undefined {
    const tabs = this.list.get()
    const index = tabs.findIndex((tab) => tab.path === path)
    this.#set(tabs.filter((tab) => tab.path !== path))
    return (tabs[index + 1] ?? tabs[index - 1])?.path
  }

  setTitle(path: string, title: string): void {
    this.#set(this.list.get().map((tab) => (tab.path === path ? { path, title } : tab)))
  }

  rename(from: string, to: string): void {
    const tabs = this.list.get().filter((tab) => tab.path !== to)
    this.#set(tabs.map((tab) => (tab.path === from ? { path: to } : tab)))
  }

  #set(tabs: readonly Tab[]): void {
    this.list.set(tabs)
    this.#storage.setItem(this.#key, JSON.stringify(tabs.map((tab) => tab.path)))
  }
}

function readTabs(text: string | null): readonly Tab[] {
  if (text === null) return []
  const paths: unknown = JSON.parse(text)
  if (!Array.isArray(paths)) return []
  return paths.flatMap((path) => (typeof path === 'string' ? [{ path }] : [])).slice(-TABS_MAX)
}

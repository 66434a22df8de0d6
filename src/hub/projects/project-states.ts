import type { ProjectId } from '../../messages/ids.ts'

/**
 * Who on this hub wants to know when a project starts or stops. Not an event of the bus: every hub is linked with every
 * project server, hears it there, and is told all states anew when it links again.
 */
export class ProjectStates {
  readonly #listeners = new Map<ProjectId, Set<() => void>>()

  /** Calls back at each change until the returned function is called. */
  watch(projectId: ProjectId, changed: () => void): () => void {
    const set = this.#listeners.get(projectId) ?? new Set()
    this.#listeners.set(projectId, set)
    const mine = (): void => changed()
    set.add(mine)
    return () => {
      set.delete(mine)
      if (set.size === 0 && this.#listeners.get(projectId) === set) {
        this.#listeners.delete(projectId)
      }
    }
  }

  changed(projectId: ProjectId): void {
    for (const changed of [...(this.#listeners.get(projectId) ?? [])]) changed()
  }
}

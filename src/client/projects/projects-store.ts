import type { InvitationId, ProjectId } from '../../messages/ids.ts'
import type { Project, ReceivedInvitation } from '../../messages/projects.ts'
import { errorText } from '../app/error-text.ts'
import { Value } from '../app/observable.ts'
import type { Connection } from '../connection/connection.ts'

export interface ProjectList {
  readonly projects: ReadonlyMap<ProjectId, Project>
  readonly invitations: ReadonlyMap<InvitationId, ReceivedInvitation>
}

export type ProjectListState =
  | { readonly kind: 'loading' }
  | { readonly kind: 'failed'; readonly message: string }
  | ({ readonly kind: 'loaded' } & ProjectList)

/**
 * The projects of the account, kept current by pushes. `seq` counts them: after a gap everything is asked for
 * again. What was loaded stays shown while the connection is away.
 */
export class ProjectsStore {
  readonly state = new Value<ProjectListState>({ kind: 'loading' })
  /** Raised when the invitations of a project have changed: whoever shows them asks again. */
  readonly invitationsChanged = new Value<{ projectId: ProjectId } | undefined>(undefined)
  readonly #connection: Connection
  #seq = -1
  #watching: object | undefined

  constructor(connection: Connection) {
    this.#connection = connection
    connection.on('project_changed', ({ seq, project }) =>
      this.#apply(seq, (list) => ({
        ...list,
        projects: new Map(list.projects).set(project.projectId, project),
      })),
    )
    connection.on('project_removed', ({ seq, projectId }) =>
      this.#apply(seq, (list) => ({ ...list, projects: without(list.projects, projectId) })),
    )
    connection.on('invitation_received', ({ seq, invitation }) =>
      this.#apply(seq, (list) => ({
        ...list,
        invitations: new Map(list.invitations).set(invitation.invitationId, invitation),
      })),
    )
    connection.on('invitation_withdrawn', ({ seq, invitationId }) =>
      this.#apply(seq, (list) => ({
        ...list,
        invitations: without(list.invitations, invitationId),
      })),
    )
    connection.on('invitations_changed', ({ seq, projectId }) => {
      this.#apply(seq, (list) => list)
      this.invitationsChanged.set({ projectId })
    })
  }

  /** After each connection with an account: asks for everything, and is told of changes from then on. */
  async watch(): Promise<void> {
    const mine = {}
    this.#watching = mine
    try {
      const { seq, projects, invitations } = await this.#connection.request('watch_projects', {})
      if (this.#watching !== mine) return
      this.#seq = seq
      this.state.set({
        kind: 'loaded',
        projects: new Map(projects.map((project) => [project.projectId, project])),
        invitations: new Map(invitations.map((one) => [one.invitationId, one])),
      })
    } catch (error) {
      if (this.#watching !== mine || this.state.get().kind === 'loaded') return
      this.state.set({ kind: 'failed', message: errorText(error) })
    }
  }

  /** Signed out: nothing of the account stays in memory. */
  clear(): void {
    this.#watching = undefined
    this.#seq = -1
    this.state.set({ kind: 'loading' })
  }

  project(projectId: ProjectId): Project | undefined {
    const state = this.state.get()
    return state.kind === 'loaded' ? state.projects.get(projectId) : undefined
  }

  /** Shows at once what an answer told, before its push arrives. */
  put(project: Project): void {
    this.#change((list) => ({
      ...list,
      projects: new Map(list.projects).set(project.projectId, project),
    }))
  }

  removeInvitation(invitationId: InvitationId): void {
    this.#change((list) => ({ ...list, invitations: without(list.invitations, invitationId) }))
  }

  #apply(seq: number, change: (list: ProjectList) => ProjectList): void {
    if (this.state.get().kind !== 'loaded' || seq <= this.#seq) return
    const gap = seq > this.#seq + 1
    this.#seq = seq
    this.#change(change)
    if (gap) void this.watch()
  }

  #change(change: (list: ProjectList) => ProjectList): void {
    const state = this.state.get()
    if (state.kind === 'loaded') this.state.set({ kind: 'loaded', ...change(state) })
  }
}

function without<K, V>(map: ReadonlyMap<K, V>, key: K): Map<K, V> {
  const rest = new Map(map)
  rest.delete(key)
  return rest
}

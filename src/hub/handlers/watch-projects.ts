import type { NoticeOf } from '../../messages/define.ts'
import { projectId } from '../../messages/ids.ts'
import type { AccountId, InvitationId, ProjectId } from '../../messages/ids.ts'
import type { HubToClient } from '../../messages/hub-to-client.ts'
import type { BusEvent } from '../bus/bus.ts'
import type { HubContext } from '../context.ts'
import type { HubConnection, HubHandlers } from '../handler.ts'
import { receivedInvitations } from '../projects/invitations.ts'
import { viewProject, viewProjects } from '../projects/project-view.ts'
import { accountOfConnection } from './caller.ts'

/** Projects and invitations of the account, and from then on what changes, numbered for each connection. */
export function watchHandlers(context: HubContext): HubHandlers<'watch_projects'> {
  const watches = new WeakMap<HubConnection, ProjectWatch>()
  return {
    watch_projects: async (_request, connection) => {
      let watch = watches.get(connection)
      if (watch === undefined) {
        watch = new ProjectWatch(context, connection)
        watches.set(connection, watch)
      }
      return watch.begin()
    },
  }
}

type Numbered =
  | 'project_changed'
  | 'project_removed'
  | 'invitation_received'
  | 'invitation_withdrawn'
  | 'invitations_changed'

/**
 * What one connection was told. Events of the bus only say that something changed: what is sent is read from the
 * database afterwards, one at a time, so that a later state never comes before an earlier one.
 */
class ProjectWatch {
  readonly #context: HubContext
  readonly #connection: HubConnection
  readonly #accountId: AccountId
  readonly #unsubscribe = new Map<string, () => void>()
  /** Projects to be told of: several changes of one before it was read are told once. */
  readonly #changed = new Set<ProjectId>()
  #invitations = new Set<InvitationId>()
  #invitationsChanged = false
  #working = false
  #seq = 0

  constructor(context: HubContext, connection: HubConnection) {
    this.#context = context
    this.#connection = connection
    this.#accountId = accountOfConnection(connection).accountId
    connection.closed.addEventListener('abort', () => this.#close(), { once: true })
  }

  async begin() {
    this.#subscribe(`account.${this.#accountId}`, (event) => this.#onAccountEvent(event))
    const projects = await viewProjects(this.#context, this.#accountId)
    for (const project of projects) this.#watchProject(project.projectId)
    const account = accountOfConnection(this.#connection)
    const invitations = await receivedInvitations(this.#context, account)
    this.#invitations = new Set(invitations.map((one) => one.invitationId))
    return { seq: this.#seq, projects, invitations }
  }

  #subscribe(
    subject: `account.${AccountId}` | `project.${ProjectId}`,
    listener: (event: BusEvent) => void,
  ): void {
    if (this.#unsubscribe.has(subject) || this.#connection.closed.aborted) return
    this.#unsubscribe.set(subject, this.#context.bus.subscribe(subject, listener))
  }

  #watchProject(id: ProjectId): void {
    this.#subscribe(`project.${id}`, (event) => {
      if (event.kind === 'project_state') this.#later(() => this.#changed.add(id))
    })
  }

  #onAccountEvent(event: BusEvent): void {
    if (event.kind === 'project_changed') {
      this.#later(() => this.#changed.add(event.projectId))
    } else if (event.kind === 'project_removed') {
      this.#unsubscribe.get(`project.${event.projectId}`)?.()
      this.#unsubscribe.delete(`project.${event.projectId}`)
      this.#later(() => this.#changed.add(event.projectId))
    } else if (event.kind === 'invitations_changed') {
      if (event.projectId !== undefined) {
        this.#push('invitations_changed', { projectId: event.projectId })
      } else {
        this.#later(() => {
          this.#invitationsChanged = true
        })
      }
    } else if (event.kind === 'account_changed') {
      this.#later(() => {
        this.#invitationsChanged = true
      })
    }
  }

  #later(note: () => void): void {
    note()
    if (this.#working) return
    this.#working = true
    this.#work().catch((error: unknown) => {
      this.#working = false
      this.#context.logger.warn({ err: error }, 'a change of a project could not be told')
    })
  }

  async #work(): Promise<void> {
    while (!this.#connection.closed.aborted) {
      const [next] = this.#changed
      if (next !== undefined) {
        this.#changed.delete(next)
        await this.#tellProject(next)
      } else if (this.#invitationsChanged) {
        this.#invitationsChanged = false
        await this.#tellInvitations()
      } else break
    }
    // In the same turn as the last look: what is noted after it begins anew.
    this.#working = false
  }

  async #tellProject(id: ProjectId): Promise<void> {
    const project = await viewProject(this.#context, this.#accountId, id)
    if (project === undefined) {
      this.#push('project_removed', { projectId: id })
    } else {
      this.#watchProject(projectId.parse(id))
      this.#push('project_changed', { project })
    }
  }

  async #tellInvitations(): Promise<void> {
    const row = await this.#context.database.accounts.get(this.#accountId)
    if (row === undefined) return
    const account = accountOfConnection(this.#connection)
    const now = { ...account, email: row.email, emailVerified: row.emailVerified }
    const invitations = await receivedInvitations(this.#context, now)
    const ids = new Set(invitations.map((one) => one.invitationId))
    for (const invitation of invitations) {
      if (!this.#invitations.has(invitation.invitationId)) {
        this.#push('invitation_received', { invitation })
      }
    }
    for (const id of this.#invitations) {
      if (!ids.has(id)) this.#push('invitation_withdrawn', { invitationId: id })
    }
    this.#invitations = ids
  }

  #push<E extends Numbered>(event: E, body: Omit<NoticeOf<HubToClient, E>, 'seq'>): void {
    if (this.#connection.closed.aborted) return
    // A notice is its body and its number: Omit over a type parameter hides that from the compiler.
    const notice = { ...body, seq: ++this.#seq } as unknown as NoticeOf<HubToClient, E>
    this.#connection.notify(event, notice)
  }

  #close(): void {
    for (const unsubscribe of this.#unsubscribe.values()) unsubscribe()
    this.#unsubscribe.clear()
  }
}

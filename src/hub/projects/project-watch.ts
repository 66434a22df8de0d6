import { createHash } from 'node:crypto'

import type { NoticeOf } from '../../messages/define.ts'
import type { BusEvent } from '../../messages/hub-to-hub.ts'
import type { AccountId, InvitationId, ProjectId } from '../../messages/ids.ts'
import type { HubToClient } from '../../messages/hub-to-client.ts'
import type { Project } from '../../messages/projects.ts'
import type { HubContext } from '../context.ts'
import type { HubConnection } from '../handler.ts'
import { receivedInvitations } from './invitations.ts'
import { viewProject, viewProjects } from './project-view.ts'

type Numbered =
  | 'project_changed'
  | 'project_removed'
  | 'invitation_received'
  | 'invitation_withdrawn'
  | 'invitations_changed'

interface Watched {
  /** Of what the connection was told last: after an absence of the bus only what differs is sent. */
  digest: string
  readonly unwatch: () => void
}

/**
 * What one connection was told of its projects and invitations. Events only say that something changed: what is sent is
 * read from the database afterwards, one at a time, so that a later state never comes before an earlier one; and read
 * again where the database did not answer.
 */
export class ProjectWatch {
  readonly #context: HubContext
  readonly #connection: HubConnection
  readonly #accountId: AccountId
  readonly #watched = new Map<ProjectId, Watched>()
  /** Projects to be told of: several changes of one before it was read are told once. */
  readonly #changed = new Set<ProjectId>()
  #everythingChanged = false
  #invitations = new Set<InvitationId>()
  #invitationsChanged = false
  #begun = false
  /** Answers that are being read: nothing is told before them. */
  #beginning = 0
  #working: Promise<void> | undefined
  #seq = 0

  constructor(context: HubContext, connection: HubConnection, accountId: AccountId) {
    this.#context = context
    this.#connection = connection
    this.#accountId = accountId
  }

  /** Answers what there is; from then on what changes is pushed. */
  async begin() {
    if (!this.#begun) this.#subscribe()
    this.#beginning++
    try {
      await this.#context.bus.settled()
      const projects = await viewProjects(this.#context, this.#accountId)
      for (const project of projects) this.#note(project)
      const invitations = await this.#readInvitations()
      this.#invitations = new Set(invitations.map((one) => one.invitationId))
      return { seq: this.#seq, projects, invitations }
    } finally {
      this.#beginning--
      // What changed while it was read is told behind the answer.
      setImmediate(() => this.#tell())
    }
  }

  #subscribe(): void {
    const { closed } = this.#connection
    if (closed.aborted) return
    this.#begun = true
    const unsubscribe = this.#context.bus.subscribe(`account.${this.#accountId}`, (event) =>
      this.#onEvent(event),
    )
    const end = (): void => {
      unsubscribe()
      for (const { unwatch } of this.#watched.values()) unwatch()
      this.#watched.clear()
    }
    closed.addEventListener('abort', end, { once: true })
  }

  #onEvent(event: BusEvent): void {
    switch (event.kind) {
      case 'project_changed':
      case 'project_removed':
        this.#changed.add(event.projectId)
        break
      case 'invitations_changed':
        if (event.projectId !== undefined) {
          this.#push('invitations_changed', { projectId: event.projectId })
          return
        }
        this.#invitationsChanged = true
        break
      case 'account_changed':
        this.#invitationsChanged = true
        break
      case 'missed':
        this.#everythingChanged = true
        this.#workInTurn()
        return
      default:
        return
    }
    this.#tell()
  }

  #tell(): void {
    this.#work().catch(() => this.#workInTurn())
  }

  /** With thousands of others, or again after a failure. */
  #workInTurn(): void {
    this.#context.catchUp.add('views', this.#connection.closed, () => this.#work())
  }

  /** Resolves when nothing is left to be told; what failed is still noted then. */
  #work(): Promise<void> {
    if (this.#beginning > 0) return Promise.resolve()
    this.#working ??= this.#tellAll().finally(() => {
      this.#working = undefined
    })
    return this.#working
  }

  async #tellAll(): Promise<void> {
    while (!this.#connection.closed.aborted) {
      const [next] = this.#changed
      if (this.#everythingChanged) await this.#tellEverything()
      else if (next !== undefined) await this.#tellProject(next)
      else if (this.#invitationsChanged) await this.#tellInvitations()
      else return
    }
  }

  async #tellProject(id: ProjectId): Promise<void> {
    this.#changed.delete(id)
    try {
      const project = await viewProject(this.#context, this.#accountId, id)
      if (project === undefined) this.#removed(id)
      else if (!this.#connection.closed.aborted) {
        this.#note(project)
        this.#push('project_changed', { project })
      }
    } catch (error) {
      this.#changed.add(id)
      throw error
    }
  }

  async #tellEverything(): Promise<void> {
    this.#everythingChanged = false
    try {
      const projects = await viewProjects(this.#context, this.#accountId)
      if (this.#connection.closed.aborted) return
      const ids = new Set(projects.map((project) => project.projectId))
      for (const id of this.#watched.keys()) if (!ids.has(id)) this.#removed(id)
      for (const project of projects) {
        if (this.#note(project)) this.#push('project_changed', { project })
        // What is shown of a project's invitations is asked for anew by who shows it.
        this.#push('invitations_changed', { projectId: project.projectId })
      }
      this.#invitationsChanged = true
    } catch (error) {
      this.#everythingChanged = true
      throw error
    }
  }

  async #tellInvitations(): Promise<void> {
    this.#invitationsChanged = false
    let invitations
    try {
      invitations = await this.#readInvitations()
    } catch (error) {
      this.#invitationsChanged = true
      throw error
    }
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

  async #readInvitations() {
    const row = await this.#context.database.accounts.get(this.#accountId)
    if (row === undefined) return []
    return receivedInvitations(this.#context, row)
  }

  /** Answers whether the connection was not told this yet. */
  #note(project: Project): boolean {
    if (this.#connection.closed.aborted) return false
    const id = project.projectId
    const digest = createHash('sha256').update(JSON.stringify(project)).digest('base64url')
    const before = this.#watched.get(id)
    if (before === undefined) {
      const unwatch = this.#context.states.watch(id, () => {
        this.#changed.add(id)
        this.#tell()
      })
      this.#watched.set(id, { digest, unwatch })
    } else {
      if (before.digest === digest) return false
      before.digest = digest
    }
    return true
  }

  #removed(id: ProjectId): void {
    this.#watched.get(id)?.unwatch()
    this.#watched.delete(id)
    this.#push('project_removed', { projectId: id })
  }

  #push<E extends Numbered>(event: E, body: Omit<NoticeOf<HubToClient, E>, 'seq'>): void {
    if (this.#connection.closed.aborted) return
    // A notice is its body and its number: Omit over a type parameter hides that from the compiler.
    const notice = { ...body, seq: ++this.#seq } as unknown as NoticeOf<HubToClient, E>
    this.#connection.notify(event, notice)
  }
}

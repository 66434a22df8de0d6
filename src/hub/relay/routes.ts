import type { ErrorCode } from '../../messages/errors.ts'
import type { NoticeOf } from '../../messages/define.ts'
import type { HubToClient } from '../../messages/hub-to-client.ts'
import type { AccountId, ProjectId, Role } from '../../messages/ids.ts'
import { ROUTES_MAX } from '../../messages/limits.ts'
import type { ProjectState, StartPhase } from '../../messages/projects.ts'
import { CodedError } from '../../util/coded-error.ts'
import type { BusEvent } from '../../messages/hub-to-hub.ts'
import type { Bus } from '../bus/bus.ts'
import type { CatchUp } from '../catch-up.ts'
import type { BrowserConnection, Route } from './browser-connection.ts'
import type { JoinedClient, ProjectLink } from './project-link.ts'
import type { ProjectLinks } from './project-links.ts'

type ClosedReason = NoticeOf<HubToClient, 'route_closed'>['reason']

/** Who has which role in a project; undefined for who is no member. */
export type RoleOf = (accountId: AccountId, projectId: ProjectId) => Promise<Role | undefined>

export interface RoutesOptions {
  readonly links: ProjectLinks
  readonly bus: Bus
  readonly catchUp: CatchUp
  readonly roleOf: RoleOf
  readonly stateOf: (projectId: ProjectId) => ProjectState
}

interface OpenRoute extends Route {
  readonly connection: BrowserConnection
  readonly projectId: ProjectId
  readonly accountId: AccountId
  role: Role
  /** Changes of the role that were told: what was read before the last one is old. */
  told: number
}

/*
 *   open_project ──> (project starts, link opens) ──> open ── close_route, end of the connection ──> gone
 *                                                      └── route_closed: lost | restarting | stopped | removed | deleted
 *
 * (I1) A route exists only while its account is a member: a lost right closes it, a changed role goes to the local
 *      hub before the next frame.
 * (I2) The role is asked for after the project runs and after events of the project are heard: none falls between.
 */
export class Routes {
  readonly #options: RoutesOptions
  readonly #restarting = new Set<ProjectId>()
  /** Connections that wait for a project to start. */
  readonly #starting = new Map<ProjectId, Set<BrowserConnection>>()

  constructor(options: RoutesOptions) {
    this.#options = options
  }

  /** @throws CodedError `forbidden`, `too_many_requests`, `project_start_failed`, `unavailable` */
  async open(
    connection: BrowserConnection,
    projectId: ProjectId,
  ): Promise<{ route: number; role: Role }> {
    const { account } = connection
    if (!account) throw new CodedError<ErrorCode>('not_signed_in', 'sign in first')
    const early: BusEvent[] = []
    let route: OpenRoute | undefined
    const unsubscribe = this.#options.bus.subscribe(`project.${projectId}`, (event) => {
      if (route) this.#heard(route, event)
      else early.push(event)
    })
    connection.closed.addEventListener('abort', unsubscribe)
    try {
      const link = await this.#start(connection, projectId)
      await this.#options.bus.settled()
      const role = await this.#options.roleOf(account.accountId, projectId)
      if (!role) throw new CodedError<ErrorCode>('forbidden', 'you are no longer in this project')
      if (connection.closed.aborted) {
        this.#options.links.release(link)
        throw new CodedError<ErrorCode>('closed', 'the connection is closed')
      }
      route = this.#join(connection, link, { account, role, unsubscribe })
      for (const event of early) this.#heard(route, event)
      return { route: route.number, role }
    } catch (error) {
      unsubscribe()
      throw error
    }
  }

  /** The person has left the project. */
  close(connection: BrowserConnection, number: number): void {
    connection.routes.get(number)?.client.leave()
    connection.routes.delete(number)
  }

  /** Ends all of the project; routes to it close as its local hub ends. */
  async stop(projectId: ProjectId): Promise<void> {
    await this.#options.links.stop(projectId)
  }

  /** Ends all of it and starts it anew; who has it open is told to come again. */
  async restart(projectId: ProjectId): Promise<void> {
    this.#restarting.add(projectId)
    try {
      await this.#options.links.stop(projectId)
    } finally {
      this.#restarting.delete(projectId)
    }
    this.#options.links.release(await this.#options.links.open(projectId))
  }

  /** Tells who waits for the project. */
  phase(projectId: ProjectId, phase: StartPhase, elapsedMs: number): void {
    for (const connection of this.#starting.get(projectId) ?? []) {
      connection.notify('project_starting', { projectId, phase, elapsedMs })
    }
  }

  async #start(connection: BrowserConnection, projectId: ProjectId): Promise<ProjectLink> {
    const waiting = this.#starting.get(projectId) ?? new Set()
    this.#starting.set(projectId, waiting.add(connection))
    try {
      return await this.#options.links.open(projectId)
    } finally {
      waiting.delete(connection)
      if (waiting.size === 0) this.#starting.delete(projectId)
    }
  }

  #join(
    connection: BrowserConnection,
    link: ProjectLink,
    as: {
      readonly account: { readonly accountId: AccountId; readonly name: string }
      readonly role: Role
      readonly unsubscribe: () => void
    },
  ): OpenRoute {
    const number = freeNumber(connection)
    const { accountId, name } = as.account
    const { projectId } = link
    const client = link.join({
      accountId,
      name,
      role: as.role,
      hidden: false,
      receive: (frame) => connection.deliver(number, frame),
      onLost: () => this.#end(route, this.#reasonOf(projectId)),
    })
    const joined: JoinedClient = {
      ...client,
      leave: () => {
        as.unsubscribe()
        connection.closed.removeEventListener('abort', as.unsubscribe)
        client.leave()
        this.#options.links.release(link)
      },
    }
    const route: OpenRoute = {
      ...{ number, connection, projectId, accountId, client: joined, role: as.role, told: 0 },
      readRole: () =>
        this.#options.catchUp.add('rights', connection.closed, () => this.#readRole(route)),
    }
    connection.addRoute(route)
    return route
  }

  #heard(route: OpenRoute, event: BusEvent): void {
    if (event.kind === 'project_deleted') this.#end(route, 'deleted')
    else if (event.kind === 'missed') route.readRole()
    else if (event.kind === 'role_changed' && event.accountId === route.accountId) {
      route.told++
      this.#setRole(route, event.role)
    }
  }

  async #readRole(route: OpenRoute): Promise<void> {
    const { told } = route
    const role = await this.#options.roleOf(route.accountId, route.projectId)
    if (told === route.told) this.#setRole(route, role)
    else route.readRole()
  }

  #setRole(route: OpenRoute, role: Role | undefined): void {
    const { connection, number, client } = route
    if (connection.routes.get(number) !== route) return
    if (role === undefined) this.#end(route, 'removed')
    else if (role !== route.role) {
      route.role = role
      client.setRole(role)
      connection.notify('role_changed', { route: number, role })
    }
  }

  #end(route: OpenRoute, reason: ClosedReason): void {
    const { connection, number } = route
    if (connection.routes.get(number) !== route) return
    this.close(connection, number)
    connection.notify('route_closed', { route: number, reason })
  }

  #reasonOf(projectId: ProjectId): ClosedReason {
    if (this.#restarting.has(projectId)) return 'restarting'
    const state = this.#options.stateOf(projectId)
    return state === 'stopping' || state === 'stopped' ? 'stopped' : 'lost'
  }
}

function freeNumber(connection: BrowserConnection): number {
  for (let number = 1; number <= ROUTES_MAX; number++) {
    if (!connection.routes.has(number)) return number
  }
  throw new CodedError<ErrorCode>(
    'too_many_requests',
    `${ROUTES_MAX} projects are open in this tab: close one`,
  )
}

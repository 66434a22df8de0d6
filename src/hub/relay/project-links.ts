import type { Logger } from '../../daemon/logging.ts'
import type { ErrorCode } from '../../messages/errors.ts'
import type { ProjectId } from '../../messages/ids.ts'
import { CodedError } from '../../util/coded-error.ts'
import type { Place } from '../projects/place.ts'
import { DocumentCounts } from './document-counts.ts'
import { ProjectLink } from './project-link.ts'
import type { LocalHubRequests } from './project-link.ts'
import type { ProjectServers } from './project-servers.ts'

/**
 * A local hub that crashed is started again within a second; a project that was stopped meanwhile is started by
 * asking again.
 */
const OPEN_ATTEMPTS_MAX = 6
const RETRY_FIRST_MS = 50

/** Its local hub is not there yet, or it was started anew since. */
const RETRIED: readonly (string | undefined)[] = ['unavailable', 'closed', 'conflict']

/** A project that nobody on this hub has open keeps its link for a moment: a reload comes back to it. */
const UNUSED_MS = 30_000

/** Somebody else has started it in between: after so many times in a row something is wrong with it. */
const CLAIM_ATTEMPTS_MAX = 5

/** Where a project is to run. */
export type PlaceProject = (projectId: ProjectId) => Promise<Place>

/** The host that has a project; undefined where it never ran. Also of one in the trash. */
export type HostOfProject = (projectId: ProjectId) => Promise<string | undefined>

export interface ProjectLinksOptions {
  readonly hubId: string
  readonly servers: ProjectServers
  readonly place: PlaceProject
  readonly hostOf: HostOfProject
  readonly requests: LocalHubRequests
  readonly logger: Logger
}

/** The links of this hub to local hubs: one for each project that somebody here has open. */
export class ProjectLinks implements AsyncDisposable {
  /** What their local hubs tell of documents. */
  readonly counts = new DocumentCounts()
  readonly #options: ProjectLinksOptions
  readonly #links = new Map<ProjectId, Promise<ProjectLink>>()
  readonly #unused = new Map<ProjectId, NodeJS.Timeout>()

  constructor(options: ProjectLinksOptions) {
    this.#options = options
  }

  /**
   * The link to a project, which is started where it does not run.
   * @throws CodedError `project_start_failed`, `unavailable`, `deadline`
   */
  open(projectId: ProjectId): Promise<ProjectLink> {
    this.#keep(projectId)
    const found = this.#links.get(projectId)
    if (found) return found
    const opening = this.#open(projectId)
    this.#links.set(projectId, opening)
    const forget = (): void => {
      if (this.#links.get(projectId) === opening) this.#links.delete(projectId)
    }
    void this.#forgetWhenClosed(opening, forget)
    return opening
  }

  async #forgetWhenClosed(opening: Promise<ProjectLink>, forget: () => void): Promise<void> {
    try {
      const link = await opening
      link.closed.addEventListener('abort', forget)
      if (link.closed.aborted) forget()
    } catch {
      // Whoever asked for it hears why; the next one tries anew.
      forget()
    }
  }

  /** Closes the link in a while, where nobody has joined again. */
  release(link: ProjectLink): void {
    if (link.clients > 0 || link.closed.aborted) return
    this.#keep(link.projectId)
    const timer = setTimeout(() => {
      this.#unused.delete(link.projectId)
      if (link.clients === 0) link.close('nobody has it open')
    }, UNUSED_MS)
    timer.unref()
    this.#unused.set(link.projectId, timer)
  }

  async stop(projectId: ProjectId): Promise<void> {
    const host = await this.#options.hostOf(projectId)
    if (host !== undefined) await this.#options.servers.stop(host, projectId)
  }

  async purge(projectId: ProjectId): Promise<void> {
    const host = await this.#options.hostOf(projectId)
    if (host !== undefined) await this.#options.servers.purge(host, projectId)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const timer of this.#unused.values()) clearTimeout(timer)
    for (const opening of [...this.#links.values()]) {
      const link = await opening.catch(() => undefined)
      link?.close('this hub stops')
    }
  }

  #keep(projectId: ProjectId): void {
    clearTimeout(this.#unused.get(projectId))
    this.#unused.delete(projectId)
  }

  async #open(projectId: ProjectId): Promise<ProjectLink> {
    const { requests, hubId, logger } = this.#options
    for (let attempt = 1; ; attempt++) {
      const at = await this.#start(projectId)
      try {
        return await ProjectLink.open({
          projectId,
          hubId,
          at,
          requests,
          counts: this.counts,
          logger,
        })
      } catch (error) {
        const code = codeOfError(error)
        if (attempt >= OPEN_ATTEMPTS_MAX) throw unreachable(error)
        if (!RETRIED.includes(code)) throw unreachable(error)
        logger.info({ projectId, attempt, err: error }, 'its local hub is not there yet')
        await new Promise((resolve) => setTimeout(resolve, RETRY_FIRST_MS * 2 ** attempt))
      }
    }
  }

  /** Where it runs is read again after each refusal: it may run on another host by now. */
  async #start(projectId: ProjectId): ReturnType<ProjectServers['start']> {
    const { servers, place, logger } = this.#options
    for (let attempt = 1; ; attempt++) {
      const { host, foundEpoch } = await place(projectId)
      try {
        return await servers.start(host, projectId, foundEpoch)
      } catch (error) {
        if (attempt >= CLAIM_ATTEMPTS_MAX || codeOfError(error) !== 'conflict') throw error
        logger.info({ projectId, attempt, err: error }, 'it was claimed meanwhile')
      }
    }
  }
}

function codeOfError(error: unknown): string | undefined {
  return error instanceof CodedError ? error.code : undefined
}

function unreachable(cause: unknown): CodedError<ErrorCode> {
  const why = cause instanceof Error ? cause.message : String(cause)
  return new CodedError<ErrorCode>('unavailable', `the project can't be reached: ${why}`, { cause })
}

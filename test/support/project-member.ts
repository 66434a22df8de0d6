import { randomUUID } from 'node:crypto'

import { silentLogger } from '../../src/daemon/logging.ts'
import { DocumentCounts } from '../../src/hub/relay/document-counts.ts'
import { ProjectLink } from '../../src/hub/relay/project-link.ts'
import type { JoinedClient } from '../../src/hub/relay/project-link.ts'
import { clientToLocalHub } from '../../src/messages/client-to-local-hub.ts'
import { decodeChannelBody, encodeChannelBody } from '../../src/messages/frames.ts'
import { LINK_TEXT } from '../../src/messages/hub-local-hub.ts'
import { accountId } from '../../src/messages/ids.ts'
import type { ProjectId, Role } from '../../src/messages/ids.ts'
import { PendingRequests } from '../../src/messages/pending-requests.ts'
import { TERMINAL_INPUT } from '../../src/messages/terminals.ts'
import { encodeVarint } from '../../src/util/varint.ts'

interface Received {
  readonly event: string
  readonly [field: string]: unknown
}

/** A person in a project, over a hub's real link to its local hub, without a browser. */
export class ProjectMember {
  readonly account = accountId.parse(randomUUID())
  /** All that came: answers, refusals and notices. */
  readonly received: Received[] = []
  readonly notices: Received[] = []
  readonly link: ProjectLink
  lost: string | undefined
  output = ''
  readonly #client: JoinedClient
  readonly #pending
  readonly #waiting = new Set<() => void>()
  #inputs = 0

  static async join(
    projectId: ProjectId,
    at: { address: string; secret: string; epoch: number },
    as: { readonly role: Role; readonly name?: string; readonly link?: ProjectLink },
  ): Promise<ProjectMember> {
    const link =
      as.link ??
      (await ProjectLink.open({
        projectId,
        hubId: 'test hub',
        at,
        counts: new DocumentCounts(),
        requests: { putBlob: () => ({ stored: true }), onFileUsed: () => undefined },
        logger: silentLogger(),
      }))
    return new ProjectMember(link, as.role, as.name ?? 'Ada')
  }

  private constructor(link: ProjectLink, role: Role, name: string) {
    this.link = link
    this.#pending = new PendingRequests(
      clientToLocalHub,
      (json) => void this.#client.sendText(json),
    )
    this.#client = link.join({
      accountId: this.account,
      name,
      role,
      hidden: false,
      receive: (_frame, kind, payload) => this.#receive(kind, payload),
      onLost: (why) => {
        this.lost = why
        this.#pending.failAll(new Error(why))
        this.#wake()
      },
    })
  }

  get request(): PendingRequests<typeof clientToLocalHub>['request'] {
    return this.#pending.request.bind(this.#pending)
  }

  setRole(role: Role): void {
    this.#client.setRole(role)
  }

  sendBinary(channel: number, payload: Uint8Array): void {
    this.#client.sendBinary(encodeChannelBody(channel, payload))
  }

  sendJson(message: object): void {
    this.#client.sendText(JSON.stringify(message))
  }

  /** Opens a terminal and returns how to type a line into it. */
  async openTerminal(path: string): Promise<(line: string) => void> {
    const { channel } = await this.request('open_terminal', {
      path,
      rows: 24,
      columns: 200,
      session: this.account.slice(0, 20),
    })
    return (line) => {
      const head = [TERMINAL_INPUT, ...encodeVarint(++this.#inputs)]
      this.sendBinary(channel, Buffer.concat([Uint8Array.from(head), Buffer.from(`${line}\n`)]))
    }
  }

  leave(): void {
    this.#client.leave()
  }

  /** Waits until something is true of what was received. */
  until(condition: () => boolean, deadlineMs = 60_000): Promise<void> {
    if (condition()) return Promise.resolve()
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#waiting.delete(check)
        reject(new Error(`not within ${deadlineMs} ms: ${String(condition)}\n${this.output}`))
      }, deadlineMs)
      const check = (): void => {
        if (!condition()) return
        clearTimeout(timer)
        this.#waiting.delete(check)
        resolve()
      }
      this.#waiting.add(check)
    })
  }

  #receive(kind: number, payload: Uint8Array): void {
    if (kind === LINK_TEXT) {
      const message = JSON.parse(Buffer.from(payload).toString()) as Received
      this.received.push(message)
      if (!this.#pending.take(message)) this.notices.push(message)
    } else {
      this.output += Buffer.from(decodeChannelBody(payload).payload).toString('latin1')
    }
    this.#wake()
  }

  #wake(): void {
    for (const check of this.#waiting) check()
  }
}

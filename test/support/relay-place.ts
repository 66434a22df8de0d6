import { randomUUID } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'

import { type ProjectId, projectId } from '../../src/messages/ids.ts'
import { processesOf } from '../../src/project-server/isolation/end-processes.ts'
import { DocumentPage, type DocumentPageOptions } from './document-page.ts'
import { buildRuntime } from './runtime.ts'
import { TestProjectServer } from './test-project-server.ts'
import { TestRelay } from './test-relay.ts'

/** A hub's relay, a project server, and the local hubs that it starts, as they run on one machine. */
export interface RelayPlace extends AsyncDisposable {
  readonly relay: TestRelay
  newProject(): ProjectId
  openPage(
    at: { readonly project: ProjectId; readonly path: string },
    options?: DocumentPageOptions,
  ): Promise<DocumentPage>
  dirOf(project: ProjectId): string
  /** `kill -9` of the local hub; its launcher starts another. */
  killLocalHub(project: ProjectId): Promise<void>
  /** The files of journals, the newest last. */
  journals(project: ProjectId): Promise<string[]>
}

export async function startRelayPlace(): Promise<RelayPlace> {
  const runtime = await buildRuntime()
  const projects = await TestProjectServer.start(runtime.dir, 'none')
  const relay = await TestRelay.start(projects, '/')
  const dirOf = (project: ProjectId): string => join(projects.dataDir, 'projects', project)
  const pages: DocumentPage[] = []
  return {
    relay,
    newProject: () => projectId.parse(randomUUID()),
    async openPage(at, options) {
      const page = await DocumentPage.open(relay, at, options)
      pages.push(page)
      return page
    },
    dirOf,
    async killLocalHub(project) {
      const found = []
      for (const pid of await processesOf({ kind: 'mark', projectId: project })) {
        const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')
        if (command.includes('local-hub.js')) found.push(pid)
      }
      if (found.length === 0) throw new Error('there is no local hub')
      for (const pid of found) process.kill(pid, 'SIGKILL')
    },
    async journals(project) {
      const history = join(dirOf(project), '.salvus', 'history')
      const names = await readdir(history, { recursive: true })
      return names
        .filter((name) => name.endsWith('.journal'))
        .toSorted()
        .map((name) => join(history, name))
    },
    async [Symbol.asyncDispose]() {
      // A hub that stops gives pages time to leave it.
      for (const page of pages) page.disconnect()
      await relay[Symbol.asyncDispose]()
      await projects[Symbol.asyncDispose]()
      await runtime[Symbol.asyncDispose]()
    },
  }
}

import type { ProjectId } from '../../messages/ids.ts'
import { Value } from '../app/observable.ts'
import type { Connection } from '../connection/connection.ts'
import type { ProjectConnection } from '../connection/project-connection.ts'
import type { Presence } from '../editors/editor.ts'
import { Uploads } from '../files/uploads.ts'
import { OpenTabs } from './open-tabs.ts'

/** All that belongs to one project while its page is open. */
export class OpenProject {
  readonly connection: ProjectConnection
  readonly tabs: OpenTabs
  readonly uploads: Uploads
  readonly presence = new Value<Presence>({ self: undefined, people: [] })
  /** The folder that is listed. */
  readonly folder = new Value('')
  readonly goTo = new Value<{ readonly client: Presence['people'][number]['client'] } | undefined>(
    undefined,
  )
  #shownPath: string | undefined

  constructor(connection: Connection, projectId: ProjectId) {
    this.connection = connection.openProject(projectId)
    this.tabs = new OpenTabs(projectId, localStorage)
    this.uploads = new Uploads(this.connection)
    this.connection.on('people_present', ({ self, people }) =>
      this.presence.set({ self: self ?? this.presence.get().self, people }),
    )
    this.connection.epoch.subscribe(() => this.#tellPath())
    this.connection.state.subscribe(() => {
      // Who is there is only known while the route is open.
      if (this.connection.state.get().kind !== 'open')
        this.presence.set({ self: undefined, people: [] })
    })
  }

  /** Tells the others which document is shown here. */
  show(path: string | undefined): void {
    this.#shownPath = path
    this.#tellPath()
  }

  close(): void {
    this.connection.close()
  }

  #tellPath(): void {
    const path = this.#shownPath
    this.connection.notify('set_presence', path === undefined ? {} : { path })
  }
}

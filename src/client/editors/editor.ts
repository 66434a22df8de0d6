import type { ComponentType } from 'react'

import type { Account, EditorSettings } from '../../messages/account.ts'
import type { ClientId } from '../../messages/ids.ts'
import type { Person } from '../../messages/presence.ts'
import type { Observable } from '../app/observable.ts'
import type { SaveStates } from '../app/save-state.ts'
import type { Connection } from '../connection/connection.ts'
import type { ProjectConnection } from '../connection/project-connection.ts'

/** Who is in the project, as the local hub last said; `self` is this page. */
export interface Presence {
  readonly self: ClientId | undefined
  readonly people: readonly Person[]
}

/** What the shell gives to the editor of one tab. The editor stays mounted while its tab is open. */
export interface EditorProps {
  readonly connection: Connection
  readonly project: ProjectConnection
  readonly account: Account
  readonly path: string
  /** Whether this tab is the one that is seen: a hidden editor neither measures nor takes the focus. */
  readonly active: boolean
  readonly presence: Observable<Presence>
  readonly settings: Observable<EditorSettings>
  readonly saveStates: SaveStates
  /** Go to where this person is in the document, each time the value changes to a new object. */
  readonly goTo: Observable<{ readonly client: ClientId } | undefined>
  /** A title that says more than the file's name, such as a terminal's. */
  readonly onTitle: (title: string) => void
  /** The document was renamed in Salvus; the tab follows. */
  readonly onPath: (path: string) => void
  /** Opens another file of the project in a tab. */
  readonly openPath: (path: string) => void
  /** Lets the switch in an editor's menu be remembered with the account. */
  readonly onSettings: (change: EditorSettings) => void
  /** A URL of the content origin for a file of the project, opened in a new tab by the shell. */
  readonly openRaw: (path: string) => void
}

/** What the module of an editor exports: `import('./worksheet/worksheet-editor.tsx')` and the like. */
export interface EditorModule {
  readonly Editor: ComponentType<EditorProps>
}

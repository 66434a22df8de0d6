import { Popover } from '@base-ui/react/popover'
import type { ReactNode } from 'react'

import type { ConnectionState } from '../connection/connection.ts'
import type { ProjectConnection, ProjectConnectionState } from '../connection/project-connection.ts'
import { useNow } from '../ui/use-now.ts'
import { useObservable, useSelected } from '../ui/use-observable.ts'
import { DURABILITY_WORDS, summarize } from './connection-summary.ts'
import { Value } from './observable.ts'
import type { SaveState, SaveStates } from './save-state.ts'
import { useServices } from './services.ts'
import { agoText, plural } from './words.ts'

const NO_PROJECT = new Value<ProjectConnectionState | undefined>(undefined)

/** Where everything is, in words; its panel says it for the connection, the project and each document. */
export function ConnectionButton({ project }: { readonly project?: ProjectConnection }): ReactNode {
  const { connection, saveStates } = useServices()
  const state = useObservable(connection.state)
  const projectState = useObservable<ProjectConnectionState | undefined>(
    project?.state ?? NO_PROJECT,
  )
  const { states } = saveStates
  // Only the words count here: a document reports a change and its acknowledgement with each key.
  const text = useSelected(states, (saves) => summarize(state, projectState, saves).text)
  const tone = useSelected(states, (saves) => summarize(state, projectState, saves).tone)
  const durability = useSelected(states, durabilityOf)
  return (
    <Popover.Root>
      <Popover.Trigger
        className={`button button-quiet connection connection-${tone}`}
        {...(text === 'Saved' && durability ? { title: DURABILITY_WORDS[durability] } : {})}
      >
        <span className="connection-mark" aria-hidden="true" />
        <span aria-live="polite">{text}</span>
      </Popover.Trigger>
      <Popover.Portal>
        <Popover.Positioner className="menu-positioner" sideOffset={4} align="end">
          <Popover.Popup className="popover">
            <Popover.Title className="dialog-title">Connection</Popover.Title>
            <dl className="facts">
              <ConnectionFact state={state} />
              {projectState && <ProjectFact state={projectState} />}
              <SaveFacts saveStates={saveStates} />
            </dl>
            {durability && <p className="hint">{DURABILITY_WORDS[durability]}</p>}
            {state.kind === 'reconnecting' && (
              <button className="button" onClick={() => connection.reconnectNow()}>
                Try again now
              </button>
            )}
          </Popover.Popup>
        </Popover.Positioner>
      </Popover.Portal>
    </Popover.Root>
  )
}

const CONNECTION_WORDS: Record<ConnectionState['kind'], string> = {
  connecting: 'connecting',
  connected: 'connected',
  offline: 'this device is offline',
  reconnecting: 'lost, connecting again',
  old_version: 'the page has to be loaded again',
}

function ConnectionFact({ state }: { readonly state: ConnectionState }): ReactNode {
  const nowMs = useNow()
  return (
    <>
      <dt>Server</dt>
      <dd>
        {CONNECTION_WORDS[state.kind]}, {agoText(state.sinceMs, nowMs)}
      </dd>
    </>
  )
}

const PROJECT_WORDS: Record<ProjectConnectionState['kind'], string> = {
  opening: 'opening',
  open: 'open',
  lost: 'lost, opening again',
  closed: 'closed',
}

function ProjectFact({ state }: { readonly state: ProjectConnectionState }): ReactNode {
  const nowMs = useNow()
  const role = state.kind === 'open' && state.role === 'viewer' ? ', you may look' : ''
  return (
    <>
      <dt>Project</dt>
      <dd>
        {PROJECT_WORDS[state.kind]}
        {role}, {agoText(state.sinceMs, nowMs)}
      </dd>
    </>
  )
}

const SAVE_WORDS: Record<SaveState['state'], string> = {
  opening: 'opening',
  saved: 'saved on the server',
  saving: 'on its way to the server',
  offline: 'kept in this browser only',
  read_only: 'read-only',
  failed: 'could not be saved',
}

function SaveFacts({ saveStates }: { readonly saveStates: SaveStates }): ReactNode {
  const saves = useObservable(saveStates.states)
  return [...saves].map(([path, save]) => <SaveFact key={path} path={path} save={save} />)
}

function durabilityOf(saves: ReadonlyMap<string, SaveState>): SaveState['durability'] {
  return [...saves.values()].find((save) => save.durability)?.durability
}

function offlineWords({ unkept, keeping }: SaveState): string {
  if (unkept) return 'in this page only: don’t close it'
  return keeping ? 'being kept in this browser' : SAVE_WORDS.offline
}

function SaveFact({ path, save }: { readonly path: string; readonly save: SaveState }): ReactNode {
  const nowMs = useNow()
  const changes = save.changes > 0 ? `${plural(save.changes, 'change')} ` : ''
  const words =
    save.changes > 0 && save.state === 'offline' ? offlineWords(save) : SAVE_WORDS[save.state]
  return (
    <>
      <dt>{path}</dt>
      <dd>
        {changes}
        {words}, {agoText(save.sinceMs, nowMs)}
        {save.message !== undefined && <div>{save.message}</div>}
      </dd>
    </>
  )
}

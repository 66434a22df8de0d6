import { useEffect, useState } from 'react'
import type { ReactNode } from 'react'

import type { StartPhase } from '../../messages/projects.ts'
import { durationText } from '../app/words.ts'
import type { ProjectConnection, ProjectConnectionState } from '../connection/project-connection.ts'
import { ErrorNote, Progress } from '../ui/notes.tsx'
import { PageLink } from '../ui/page-link.tsx'
import { useObservable } from '../ui/use-observable.ts'

/** A start that is over sooner is not shown: it would only flicker. */
const BLINK_MS = 400

const PHASE_WORDS: Record<StartPhase, string> = {
  placing: 'Choosing a host',
  creating: 'Making the project’s folder',
  user: 'Preparing its user',
  launching: 'Starting its processes',
  local_hub: 'Waiting for its hub',
  connecting: 'Connecting',
}

/** What keeps the project from being used, over its documents; nothing while it is open. */
export function ProjectStatus({ project }: { readonly project: ProjectConnection }): ReactNode {
  const state = useObservable(project.state)
  switch (state.kind) {
    case 'open':
    case 'lost':
      // The connection's button says it; what is on the page stays usable.
      return null
    case 'opening':
      return <Opening key={state.sinceMs} state={state} />
    case 'closed':
      return <Closed project={project} state={state} />
  }
}

type OpeningState = Extract<ProjectConnectionState, { kind: 'opening' }>

function Opening({ state }: { readonly state: OpeningState }): ReactNode {
  const [nowMs, setNowMs] = useState(state.sinceMs)
  useEffect(() => {
    const timer = setInterval(() => setNowMs(Date.now()), BLINK_MS)
    return () => clearInterval(timer)
  }, [])
  const elapsedMs = nowMs - state.sinceMs
  if (elapsedMs < BLINK_MS) return null
  const words = state.phase === undefined ? 'Opening the project' : PHASE_WORDS[state.phase]
  return (
    <div className="banner">
      <Progress>
        {words}, {durationText(elapsedMs)}
      </Progress>
    </div>
  )
}

type ClosedState = Extract<ProjectConnectionState, { kind: 'closed' }>

const CLOSED_WORDS: Record<ClosedState['reason'], string> = {
  stopped:
    'The project was stopped. What you have typed is kept in this browser until it runs again.',
  removed: 'There is no such project, or you are no longer a member of it.',
  deleted: 'The project was deleted. Its owner can undelete it for 30 days.',
  signed_out: 'You are signed out.',
  failed: 'The project could not be started.',
}

function Closed({
  project,
  state,
}: {
  readonly project: ProjectConnection
  readonly state: ClosedState
}): ReactNode {
  const again = state.reason === 'stopped' || state.reason === 'failed'
  return (
    <div className="banner" role="alert">
      <span>{CLOSED_WORDS[state.reason]}</span>
      <ErrorNote text={state.message} />
      {again && (
        <button className="button button-primary" onClick={() => project.reopen()}>
          Start project
        </button>
      )}
      <PageLink to={{ kind: 'home' }} className="button">
        Go to the projects
      </PageLink>
    </div>
  )
}

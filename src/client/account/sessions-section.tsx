import type { ReactNode } from 'react'

import type { Session } from '../../messages/account.ts'
import { useServices } from '../app/services.ts'
import { agoText } from '../app/words.ts'
import { useSignOut } from '../app/use-sign-out.ts'
import { ErrorNote, Progress } from '../ui/notes.tsx'
import { useAction } from '../ui/use-action.ts'
import { useLoaded } from '../ui/use-loaded.ts'
import { useNow } from '../ui/use-now.ts'
import { useObservable } from '../ui/use-observable.ts'

export function SessionsSection(): ReactNode {
  const { connection } = useServices()
  const { kind } = useObservable(connection.state)
  const sessions = useLoaded(() => connection.request('list_sessions', {}), kind)
  const signOut = useSignOut()
  const everywhere = useAction(() => signOut({ everywhere: true }))
  return (
    <section className="section" aria-labelledby="sessions">
      <h2 id="sessions">Sessions</h2>
      <ErrorNote text={sessions.error ?? everywhere.error} />
      {!sessions.value && sessions.error === undefined && <Progress>Loading sessions</Progress>}
      <ul className="list" aria-label="Sessions">
        {sessions.value?.sessions.map((session) => (
          <SessionRow key={session.sessionId} session={session} onGone={sessions.reload} />
        ))}
      </ul>
      <div>
        <button
          className="button button-danger"
          disabled={everywhere.busy}
          onClick={everywhere.run}
        >
          Sign out everywhere
        </button>
      </div>
    </section>
  )
}

interface SessionRowProps {
  readonly session: Session
  readonly onGone: () => void
}

function SessionRow({ session, onGone }: SessionRowProps): ReactNode {
  const { connection } = useServices()
  const nowMs = useNow()
  const signOutHere = useSignOut()
  const signOut = useAction(async () => {
    if (session.current) {
      await signOutHere()
      return
    }
    await connection.request('revoke_session', { sessionId: session.sessionId })
    onGone()
  })
  return (
    <li>
      <div className="list-text">
        <div>
          {session.browser}
          {session.current ? ' (this one)' : ''}
        </div>
        <div className="hint">
          {session.address}, used {agoText(session.lastUsedMs, nowMs)}
        </div>
        <ErrorNote text={signOut.error} />
      </div>
      <button
        className="button"
        aria-label={`Sign out ${session.browser}${session.current ? ' (this one)' : ''}`}
        disabled={signOut.busy}
        onClick={signOut.run}
      >
        Sign out
      </button>
    </li>
  )
}

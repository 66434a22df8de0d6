import type { ReactNode } from 'react'

import { useServices } from '../app/services.ts'
import { TopBar } from '../app/top-bar.tsx'
import { InfoNote } from '../ui/notes.tsx'
import { PageLink } from '../ui/page-link.tsx'
import { useObservable } from '../ui/use-observable.ts'

/** What this is, for somebody who is not signed in. */
export function HomePage(): ReactNode {
  const { session } = useServices()
  const who = useObservable(session.who)
  const ended = useObservable(session.endedReason)
  const open = who?.site.signUp === 'open'
  return (
    <>
      <TopBar />
      <main className="page welcome">
        {ended !== undefined && <InfoNote>{ended}</InfoNote>}
        <h1>Mathematics, code and notes that you write and run together, in the browser.</h1>
        <div className="row">
          <PageLink to={{ kind: 'sign_in' }} className="button button-primary">
            Sign in
          </PageLink>
          <PageLink to={{ kind: 'sign_up' }} className="button">
            Sign up
          </PageLink>
        </div>
        {!open && (
          <p className="hint">
            {who?.site.signUp === 'set_up'
              ? 'This installation is new: the first account is made with the link that was printed when it started.'
              : 'Signing up here needs an invitation.'}
          </p>
        )}
      </main>
    </>
  )
}

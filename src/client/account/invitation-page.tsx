import { useEffect, useState } from 'react'
import type { ReactNode } from 'react'

import { post } from '../app/api.ts'
import { errorText } from '../app/error-text.ts'
import { TopBar } from '../app/top-bar.tsx'
import { ErrorNote, Progress } from '../ui/notes.tsx'
import { PageLink } from '../ui/page-link.tsx'
import { useAction } from '../ui/use-action.ts'
import { SignUpPage } from './sign-up-page.tsx'
import { SignInPage } from './sign-in-page.tsx'
import { useAccept } from './use-accept.ts'

type Shown = Awaited<ReturnType<typeof post<'show_invitation'>>>

interface InvitationPageProps {
  readonly token: string
  readonly signedIn: boolean
}

/** What an invitation's link is about: signed in, accept it; otherwise sign in or sign up with it. */
export function InvitationPage({ token, signedIn }: InvitationPageProps): ReactNode {
  const [shown, setShown] = useState<Shown | undefined>(undefined)
  const [failed, setFailed] = useState<string | undefined>(undefined)
  const [way, setWay] = useState<'ask' | 'sign_in' | 'sign_up'>('ask')
  const accept = useAccept()
  const acceptAction = useAction(() => accept(token))
  useEffect(() => {
    post('show_invitation', { token }).then(setShown, (error: unknown) =>
      setFailed(errorText(error)),
    )
  }, [token])
  if (!signedIn && way === 'sign_in') return <SignInPage />
  if (!signedIn && way === 'sign_up')
    return <SignUpPage setUpToken={undefined} invitationToken={token} email={shown?.email ?? ''} />
  return (
    <>
      <TopBar />
      <main className="page page-form">
        <h1>Invitation</h1>
        <ErrorNote text={failed} />
        {failed !== undefined && <PageLink to={{ kind: 'home' }}>Go to the first page</PageLink>}
        {!shown && failed === undefined && <Progress>Looking the invitation up</Progress>}
        {shown && (
          <p>
            {shown.inviterName} invites {shown.email} to the project{' '}
            <strong>{shown.projectTitle}</strong> as {shown.role}.
          </p>
        )}
        <ErrorNote text={acceptAction.error} />
        {shown && signedIn && (
          <button
            className="button button-primary"
            disabled={acceptAction.busy}
            onClick={acceptAction.run}
          >
            Accept
          </button>
        )}
        {shown && !signedIn && (
          <div className="row">
            <button className="button button-primary" onClick={() => setWay('sign_up')}>
              Sign up
            </button>
            <button className="button" onClick={() => setWay('sign_in')}>
              Sign in
            </button>
          </div>
        )}
      </main>
    </>
  )
}

import { useState } from 'react'
import type { ReactNode } from 'react'

import { post } from '../app/api.ts'
import { ErrorNote, InfoNote } from '../ui/notes.tsx'
import { PageLink } from '../ui/page-link.tsx'
import { useAction } from '../ui/use-action.ts'

/** Confirms an address by a mailed token: by a button, because mail scanners open links. */
export function VerifyEmail({ token }: { readonly token: string }): ReactNode {
  const [verified, setVerified] = useState<string | undefined>(undefined)
  const verify = useAction(async () => {
    const { email } = await post('verify_email', { token })
    setVerified(email)
  })
  return (
    <>
      <h1>Confirm your e-mail address</h1>
      {verified === undefined ? (
        <div className="form">
          <ErrorNote text={verify.error} />
          <button className="button button-primary" disabled={verify.busy} onClick={verify.run}>
            Confirm
          </button>
        </div>
      ) : (
        <>
          <InfoNote>{verified} is confirmed.</InfoNote>
          <PageLink to={{ kind: 'home' }} className="button">
            Go on
          </PageLink>
        </>
      )}
    </>
  )
}

import type { ReactNode } from 'react'

import type { Page } from '../app/router.ts'
import { TopBar } from '../app/top-bar.tsx'
import { ForgotPassword } from './forgot-password.tsx'
import { InvitationPage } from './invitation-page.tsx'
import { ResetPassword } from './reset-password.tsx'
import { VerifyEmail } from './verify-email.tsx'

interface TokenPageProps {
  readonly page: Extract<
    Page,
    { kind: 'forgot_password' | 'reset_password' | 'verify_email' | 'invitation' }
  >
  readonly signedIn: boolean
}

/** The pages that the links in mails lead to: loaded when one is opened. */
export function TokenPage({ page, signedIn }: TokenPageProps): ReactNode {
  if (page.kind === 'invitation')
    return <InvitationPage token={page.token} signedIn={signedIn} key={page.token} />
  return (
    <>
      <TopBar />
      <main className="page page-form">
        {page.kind === 'forgot_password' && <ForgotPassword />}
        {page.kind === 'reset_password' && <ResetPassword token={page.token} key={page.token} />}
        {page.kind === 'verify_email' && <VerifyEmail token={page.token} key={page.token} />}
      </main>
    </>
  )
}

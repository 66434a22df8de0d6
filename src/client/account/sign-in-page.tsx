import { useState } from 'react'
import type { FormEvent, ReactNode } from 'react'

import { post } from '../app/api.ts'
import { useServices } from '../app/services.ts'
import { TopBar } from '../app/top-bar.tsx'
import { Field } from '../ui/field.tsx'
import { ErrorNote, InfoNote } from '../ui/notes.tsx'
import { PageLink } from '../ui/page-link.tsx'
import { useAction } from '../ui/use-action.ts'
import { useObservable } from '../ui/use-observable.ts'

/** Signing in; the address stays, so that the page that was asked for is shown afterwards. */
export function SignInPage(): ReactNode {
  const { connection, router, session } = useServices()
  const ended = useObservable(session.endedReason)
  const [email, setEmail] = useState('')
  const [password, setPassword] = useState('')
  const signIn = useAction(async () => {
    await post('sign_in', { email, password })
    await connection.restart()
    if (router.page.get().kind === 'sign_in') router.replace({ kind: 'home' })
  })
  const submit = (event: FormEvent): void => {
    event.preventDefault()
    signIn.run()
  }
  return (
    <>
      <TopBar />
      <main className="page page-form">
        <h1>Sign in</h1>
        {ended !== undefined && <InfoNote>{ended}</InfoNote>}
        <form className="form" onSubmit={submit}>
          <Field
            label="E-mail"
            type="email"
            autoComplete="username"
            required
            value={email}
            onChange={(event) => setEmail(event.target.value)}
          />
          <Field
            label="Password"
            type="password"
            autoComplete="current-password"
            required
            value={password}
            onChange={(event) => setPassword(event.target.value)}
          />
          <ErrorNote text={signIn.error} />
          <button className="button button-primary" type="submit" disabled={signIn.busy}>
            Sign in
          </button>
        </form>
        <div className="row">
          <PageLink to={{ kind: 'forgot_password' }}>Forgot your password?</PageLink>
          <PageLink to={{ kind: 'sign_up' }}>Sign up</PageLink>
        </div>
      </main>
    </>
  )
}

import { useState } from 'react'
import type { FormEvent, ReactNode } from 'react'

import { codeOf } from '../../util/coded-error.ts'
import { post } from '../app/api.ts'
import { errorText } from '../app/error-text.ts'
import { useServices } from '../app/services.ts'
import { TopBar } from '../app/top-bar.tsx'
import { Field } from '../ui/field.tsx'
import { ErrorNote, InfoNote } from '../ui/notes.tsx'
import { PageLink } from '../ui/page-link.tsx'
import { useAction } from '../ui/use-action.ts'
import { useObservable } from '../ui/use-observable.ts'
import { PasswordField } from './password-field.tsx'
import { useAccept } from './use-accept.ts'

interface SignUpPageProps {
  readonly setUpToken: string | undefined
  readonly invitationToken: string | undefined
  /** What the invitation was sent to. */
  readonly email?: string
}

export function SignUpPage(props: SignUpPageProps): ReactNode {
  const { setUpToken, invitationToken } = props
  const { connection, router, session, toasts } = useServices()
  const accept = useAccept()
  const signUpRule = useObservable(session.who)?.site.signUp
  const [name, setName] = useState('')
  const [email, setEmail] = useState(props.email ?? '')
  const [password, setPassword] = useState('')
  const showRefusal = (error: unknown): void => {
    if (codeOf(error) !== 'token_invalid') toasts.show(errorText(error))
  }
  const signUp = useAction(async () => {
    await post('sign_up', { name, email, password, setUpToken, invitationToken })
    await connection.restart()
    router.replace({ kind: 'home' })
    // The account is made either way; an invitation for an account alone leads to no project.
    if (invitationToken !== undefined) await accept(invitationToken).catch(showRefusal)
  })
  const submit = (event: FormEvent): void => {
    event.preventDefault()
    signUp.run()
  }
  const closed = signUpRule !== 'open' && setUpToken === undefined && invitationToken === undefined
  return (
    <>
      <TopBar />
      <main className="page page-form">
        <h1>{setUpToken === undefined ? 'Sign up' : 'Make the first account'}</h1>
        {setUpToken !== undefined && (
          <InfoNote>It is the admin of this installation: it sees the admin page.</InfoNote>
        )}
        {closed && (
          <InfoNote>
            {signUpRule === 'set_up'
              ? 'Open the link that was printed when this installation started: the first account is made with it.'
              : 'Signing up here needs an invitation: open the link in it.'}
          </InfoNote>
        )}
        <form className="form" onSubmit={submit}>
          <Field
            label="Name"
            autoComplete="name"
            required
            maxLength={254}
            value={name}
            onChange={(event) => setName(event.target.value)}
          />
          <Field
            label="E-mail"
            type="email"
            autoComplete="username"
            required
            maxLength={254}
            value={email}
            onChange={(event) => setEmail(event.target.value)}
          />
          <PasswordField label="Password" value={password} onValue={setPassword} />
          <ErrorNote text={signUp.error} />
          <button className="button button-primary" type="submit" disabled={signUp.busy}>
            Create account
          </button>
        </form>
        <p>
          You have an account? <PageLink to={{ kind: 'sign_in' }}>Sign in</PageLink>
        </p>
      </main>
    </>
  )
}

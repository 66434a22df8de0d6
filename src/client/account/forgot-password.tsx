import { useState } from 'react'
import type { FormEvent, ReactNode } from 'react'

import { post } from '../app/api.ts'
import { useServices } from '../app/services.ts'
import { Field } from '../ui/field.tsx'
import { ErrorNote, InfoNote } from '../ui/notes.tsx'
import { useAction } from '../ui/use-action.ts'
import { useObservable } from '../ui/use-observable.ts'

/** Asks for a reset link. What is shown does not say whether the address has an account. */
export function ForgotPassword(): ReactNode {
  const { session } = useServices()
  const mail = useObservable(session.who)?.site.mail ?? false
  const [email, setEmail] = useState('')
  const [asked, setAsked] = useState(false)
  const ask = useAction(async () => {
    await post('request_password_reset', { email })
    setAsked(true)
  })
  const submit = (event: FormEvent): void => {
    event.preventDefault()
    ask.run()
  }
  return (
    <>
      <h1>Forgot your password?</h1>
      {!mail && (
        <InfoNote>
          This installation sends no mail: ask its admin for a link to set a new password.
        </InfoNote>
      )}
      {asked ? (
        <InfoNote>
          If there is an account with this address, a link to set a new password was sent to it. It
          works once, for 30 minutes.
        </InfoNote>
      ) : (
        <form className="form" onSubmit={submit}>
          <Field
            label="E-mail"
            type="email"
            autoComplete="username"
            required
            value={email}
            onChange={(event) => setEmail(event.target.value)}
          />
          <ErrorNote text={ask.error} />
          <button className="button button-primary" type="submit" disabled={ask.busy}>
            Send a link
          </button>
        </form>
      )}
    </>
  )
}

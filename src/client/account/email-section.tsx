import { useState } from 'react'
import type { FormEvent, ReactNode } from 'react'

import type { Account } from '../../messages/account.ts'
import { useServices } from '../app/services.ts'
import { Field } from '../ui/field.tsx'
import { ErrorNote, InfoNote } from '../ui/notes.tsx'
import { useAction } from '../ui/use-action.ts'

export function EmailSection({ account }: { readonly account: Account }): ReactNode {
  const { connection } = useServices()
  const [told, setTold] = useState<string | undefined>(undefined)
  const verify = useAction(async () => {
    const { sent } = await connection.request('send_verification', {})
    setTold(
      sent
        ? `A mail with a link was sent to ${account.email}.`
        : 'This installation sends no mail: its admin finds the link under kept mail.',
    )
  })
  return (
    <section className="section" aria-labelledby="email">
      <h2 id="email">E-mail</h2>
      <p>
        {account.email}, {account.emailVerified ? 'confirmed' : 'not confirmed yet'}
      </p>
      {!account.emailVerified && (
        <div>
          <button className="button" disabled={verify.busy} onClick={verify.run}>
            Send a confirmation link
          </button>
        </div>
      )}
      <ErrorNote text={verify.error} />
      {told !== undefined && <InfoNote>{told}</InfoNote>}
      <ChangeEmail />
    </section>
  )
}

function ChangeEmail(): ReactNode {
  const { connection } = useServices()
  const [email, setEmail] = useState('')
  const [password, setPassword] = useState('')
  const [done, setDone] = useState(false)
  const change = useAction(async () => {
    await connection.request('change_email', { email, password })
    setDone(true)
  })
  const submit = (event: FormEvent): void => {
    event.preventDefault()
    change.run()
  }
  return (
    <details>
      <summary>Change the address</summary>
      <form className="form narrow" onSubmit={submit}>
        <Field
          label="New e-mail"
          type="email"
          required
          value={email}
          onChange={(event) => setEmail(event.target.value)}
        />
        <Field
          label="Your password"
          type="password"
          autoComplete="current-password"
          required
          value={password}
          onChange={(event) => setPassword(event.target.value)}
        />
        <ErrorNote text={change.error} />
        {done && <InfoNote>The new address counts once the link sent to it was opened.</InfoNote>}
        <div>
          <button className="button" type="submit" disabled={change.busy}>
            Change e-mail
          </button>
        </div>
      </form>
    </details>
  )
}

import { useState } from 'react'
import type { FormEvent, ReactNode } from 'react'

import type { Account } from '../../messages/account.ts'
import { useServices } from '../app/services.ts'
import { Field } from '../ui/field.tsx'
import { ErrorNote, InfoNote } from '../ui/notes.tsx'
import { useAction } from '../ui/use-action.ts'
import { PasswordField } from './password-field.tsx'

export function PasswordSection({ account }: { readonly account: Account }): ReactNode {
  const { connection } = useServices()
  const [oldPassword, setOldPassword] = useState('')
  const [newPassword, setNewPassword] = useState('')
  const [done, setDone] = useState(false)
  const change = useAction(async () => {
    await connection.request('change_password', { oldPassword, newPassword })
    setOldPassword('')
    setNewPassword('')
    setDone(true)
  })
  const submit = (event: FormEvent): void => {
    event.preventDefault()
    setDone(false)
    change.run()
  }
  return (
    <section className="section" aria-labelledby="password">
      <h2 id="password">Password</h2>
      <form className="form narrow" onSubmit={submit}>
        <input type="hidden" autoComplete="username" value={account.email} readOnly />
        <Field
          label="Present password"
          type="password"
          autoComplete="current-password"
          required
          value={oldPassword}
          onChange={(event) => setOldPassword(event.target.value)}
        />
        <PasswordField label="New password" value={newPassword} onValue={setNewPassword} />
        <ErrorNote text={change.error} />
        {done && <InfoNote>Changed. You are signed out everywhere else.</InfoNote>}
        <div>
          <button className="button" type="submit" disabled={change.busy}>
            Change password
          </button>
        </div>
      </form>
    </section>
  )
}

import { useState } from 'react'
import type { FormEvent, ReactNode } from 'react'

import { post } from '../app/api.ts'
import { useServices } from '../app/services.ts'
import { ErrorNote } from '../ui/notes.tsx'
import { useAction } from '../ui/use-action.ts'
import { PasswordField } from './password-field.tsx'

/** Sets a new password by the token of a mailed link; all sessions end. */
export function ResetPassword({ token }: { readonly token: string }): ReactNode {
  const { connection, router, session } = useServices()
  const [password, setPassword] = useState('')
  const reset = useAction(async () => {
    await post('reset_password', { token, password })
    session.endedReason.set('Your password is changed. Sign in with it.')
    router.replace({ kind: 'sign_in' })
    await connection.restart()
  })
  const submit = (event: FormEvent): void => {
    event.preventDefault()
    reset.run()
  }
  return (
    <>
      <h1>Set a new password</h1>
      <p>You are signed out everywhere when it is set.</p>
      <form className="form" onSubmit={submit}>
        <PasswordField label="New password" value={password} onValue={setPassword} />
        <ErrorNote text={reset.error} />
        <button className="button button-primary" type="submit" disabled={reset.busy}>
          Set password
        </button>
      </form>
    </>
  )
}

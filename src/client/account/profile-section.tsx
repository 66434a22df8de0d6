import { useState } from 'react'
import type { FormEvent, ReactNode } from 'react'

import type { Account } from '../../messages/account.ts'
import { useServices } from '../app/services.ts'
import { Field } from '../ui/field.tsx'
import { ErrorNote } from '../ui/notes.tsx'
import { useAction } from '../ui/use-action.ts'

export function ProfileSection({ account }: { readonly account: Account }): ReactNode {
  const { connection } = useServices()
  const [name, setName] = useState(account.name)
  const save = useAction(async () => {
    await connection.request('update_account', { name })
  })
  const submit = (event: FormEvent): void => {
    event.preventDefault()
    save.run()
  }
  return (
    <section className="section" aria-labelledby="profile">
      <h2 id="profile">Profile</h2>
      <form className="form narrow" onSubmit={submit}>
        <Field
          label="Name"
          autoComplete="name"
          required
          maxLength={254}
          hint="Others see it beside your cursor."
          value={name}
          onChange={(event) => setName(event.target.value)}
        />
        <ErrorNote text={save.error} />
        <div>
          <button className="button" type="submit" disabled={save.busy || name === account.name}>
            Save name
          </button>
        </div>
      </form>
    </section>
  )
}

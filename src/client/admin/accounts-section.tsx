import { useState } from 'react'
import type { FormEvent, ReactNode } from 'react'

import type { Account } from '../../messages/account.ts'
import { useServices } from '../app/services.ts'
import { CopyButton } from '../ui/copy-button.tsx'
import { Field } from '../ui/field.tsx'
import { ErrorNote, InfoNote } from '../ui/notes.tsx'
import { useAction } from '../ui/use-action.ts'
import { useLoaded } from '../ui/use-loaded.ts'

export function AccountsSection(): ReactNode {
  const { connection } = useServices()
  const [search, setSearch] = useState('')
  const accounts = useLoaded(() => connection.request('admin_list_accounts', { search }), search)
  return (
    <section className="section" aria-labelledby="accounts">
      <h2 id="accounts">Accounts</h2>
      <InviteForm />
      <Field
        label="Search accounts"
        type="search"
        value={search}
        onChange={(event) => setSearch(event.target.value)}
      />
      <ErrorNote text={accounts.error} />
      <ul className="list" aria-label="Accounts">
        {accounts.value?.accounts.map((account) => (
          <AccountRow key={account.accountId} account={account} onChanged={accounts.reload} />
        ))}
        {accounts.value?.accounts.length === 0 && <li>Nobody fits “{search}”.</li>}
      </ul>
    </section>
  )
}

function InviteForm(): ReactNode {
  const { connection } = useServices()
  const [email, setEmail] = useState('')
  const [made, setMade] = useState<{ link: string; mailed: boolean } | undefined>(undefined)
  const invite = useAction(async () => {
    setMade(await connection.request('admin_invite', { email }))
  })
  const submit = (event: FormEvent): void => {
    event.preventDefault()
    invite.run()
  }
  return (
    <form className="form" onSubmit={submit}>
      <div className="row row-end">
        <Field
          label="Invite to this installation"
          type="email"
          required
          placeholder="name@example.org"
          value={email}
          onChange={(event) => setEmail(event.target.value)}
        />
        <button className="button" type="submit" disabled={invite.busy}>
          Make a sign-up link
        </button>
      </div>
      <ErrorNote text={invite.error} />
      {made && (
        <InfoNote>
          {made.mailed ? 'The mail was sent. ' : 'No mail was sent: copy the link. '}
          <CopyButton label="Copy link" text={made.link} />
        </InfoNote>
      )}
    </form>
  )
}

interface AccountRowProps {
  readonly account: Account
  readonly onChanged: () => void
}

function AccountRow({ account, onChanged }: AccountRowProps): ReactNode {
  const { connection } = useServices()
  const [link, setLink] = useState<string | undefined>(undefined)
  const { accountId, admin } = account
  const reset = useAction(async () => {
    setLink((await connection.request('admin_create_reset_link', { accountId })).link)
  })
  const setAdmin = useAction(async () => {
    await connection.request('admin_set_admin', { accountId, admin: !admin })
    onChanged()
  })
  return (
    <li>
      <div className="list-text">
        <div>
          {account.name} {admin && <strong>(admin)</strong>}
        </div>
        <div className="hint">
          {account.email}
          {account.emailVerified ? '' : ', not confirmed'}
        </div>
        <ErrorNote text={reset.error ?? setAdmin.error} />
        {link !== undefined && (
          <InfoNote>
            It works once, for 30 minutes. <CopyButton label="Copy link" text={link} />
          </InfoNote>
        )}
      </div>
      <button className="button" disabled={setAdmin.busy} onClick={setAdmin.run}>
        {admin ? 'Take admin away' : 'Make admin'}
      </button>
      <button className="button" disabled={reset.busy} onClick={reset.run}>
        Make a reset link
      </button>
    </li>
  )
}

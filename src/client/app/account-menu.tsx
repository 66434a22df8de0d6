import type { ReactNode } from 'react'

import type { Account } from '../../messages/account.ts'
import { initialsOf } from '../ui/avatar.tsx'
import { Menu } from '../ui/menu.tsx'
import { errorText } from './error-text.ts'
import { useServices } from './services.ts'
import { useSignOut } from './use-sign-out.ts'

export function AccountMenu({ account }: { readonly account: Account }): ReactNode {
  const { router, toasts } = useServices()
  const signOut = useSignOut()
  return (
    <Menu
      name={`Account of ${account.name}`}
      className="icon-button account-button"
      button={<span className="account-initials">{initialsOf(account.name)}</span>}
      items={[
        { label: 'Projects', run: () => router.go({ kind: 'home' }) },
        { label: 'Account', run: () => router.go({ kind: 'account' }) },
        ...(account.admin ? [{ label: 'Admin', run: () => router.go({ kind: 'admin' }) }] : []),
        'separator',
        {
          label: 'Sign out',
          run: () => {
            signOut().catch((error: unknown) => toasts.show(errorText(error)))
          },
        },
      ]}
    />
  )
}

import type { ReactNode } from 'react'

import { useServices } from '../app/services.ts'
import { TopBar } from '../app/top-bar.tsx'
import { useObservable } from '../ui/use-observable.ts'
import { EditorSettingsSection } from './editor-settings-section.tsx'
import { EmailSection } from './email-section.tsx'
import { PasswordSection } from './password-section.tsx'
import { ProfileSection } from './profile-section.tsx'
import { SessionsSection } from './sessions-section.tsx'

export function AccountPage(): ReactNode {
  const { session } = useServices()
  const account = useObservable(session.who)?.account
  if (!account) return null
  return (
    <>
      <TopBar />
      <div className="scroll">
        <main className="page">
          <h1>Account</h1>
          <ProfileSection account={account} />
          <EmailSection account={account} />
          <PasswordSection account={account} />
          <SessionsSection />
          <EditorSettingsSection />
        </main>
      </div>
    </>
  )
}

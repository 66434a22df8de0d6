import { lazy, Suspense, useEffect } from 'react'
import type { ReactNode } from 'react'

import { HelpDialog } from '../help/help-dialog.tsx'
import { HomePage } from '../account/home-page.tsx'
import { SignInPage } from '../account/sign-in-page.tsx'
import { SignUpPage } from '../account/sign-up-page.tsx'
import { ProjectsPage } from '../projects/projects-page.tsx'
import { Progress } from '../ui/notes.tsx'
import { PageLink } from '../ui/page-link.tsx'
import { ToastList } from '../ui/toast-list.tsx'
import { useObservable } from '../ui/use-observable.ts'
import { FirstConnection } from './first-connection.tsx'
import { OldVersionBanner } from './old-version-banner.tsx'
import type { Page } from './router.ts'
import { useServices } from './services.ts'
import { TopBar } from './top-bar.tsx'

const ProjectPage = lazy(async () => ({
  default: (await import('../projects/project-page.tsx')).ProjectPage,
}))
const AccountPage = lazy(async () => ({
  default: (await import('../account/account-page.tsx')).AccountPage,
}))
const AdminPage = lazy(async () => ({
  default: (await import('../admin/admin-page.tsx')).AdminPage,
}))
const TokenPage = lazy(async () => ({
  default: (await import('../account/token-page.tsx')).TokenPage,
}))

/** Everything that is seen: the page of the address, and what stands over every page. */
export function App(): ReactNode {
  const services = useServices()
  const page = useObservable(services.router.page)
  const who = useObservable(services.session.who)
  const help = useObservable(services.help)
  useHelpKey()
  return (
    <>
      <OldVersionBanner />
      {who ? (
        <Suspense fallback={<Waiting />}>
          <Content page={page} signedIn={who.account !== undefined} />
        </Suspense>
      ) : (
        <FirstConnection />
      )}
      {help.kind === 'open' && <HelpDialog tab={help.tab} />}
      <ToastList toasts={services.toasts} />
    </>
  )
}

function Waiting(): ReactNode {
  return (
    <main className="page">
      <Progress>Loading the page</Progress>
    </main>
  )
}

interface ContentProps {
  readonly page: Page
  readonly signedIn: boolean
}

function Content({ page, signedIn }: ContentProps): ReactNode {
  switch (page.kind) {
    case 'sign_in':
      return signedIn ? <ProjectsPage /> : <SignInPage />
    case 'sign_up':
      return signedIn ? (
        <ProjectsPage />
      ) : (
        <SignUpPage
          setUpToken={page.setUpToken}
          invitationToken={page.invitationToken}
          key={page.setUpToken}
        />
      )
    case 'forgot_password':
    case 'reset_password':
    case 'verify_email':
    case 'invitation':
      return <TokenPage page={page} signedIn={signedIn} />
    case 'home':
      return signedIn ? <ProjectsPage /> : <HomePage />
    case 'not_found':
      return <NotFound />
    default:
      return signedIn ? <OwnPage page={page} /> : <SignInPage />
  }
}

/** The pages of an account. */
function OwnPage({
  page,
}: {
  readonly page: Extract<Page, { kind: 'project' | 'account' | 'admin' }>
}): ReactNode {
  switch (page.kind) {
    case 'project':
      return <ProjectPage key={page.projectId} projectId={page.projectId} path={page.path} />
    case 'account':
      return <AccountPage />
    case 'admin':
      return <AdminPage />
  }
}

function NotFound(): ReactNode {
  return (
    <>
      <TopBar />
      <main className="page">
        <h1>There is no such page</h1>
        <p>The address may be mistyped, or what it led to is gone.</p>
        <PageLink to={{ kind: 'home' }} className="button">
          Go to the first page
        </PageLink>
      </main>
    </>
  )
}

/** F1 opens the keys of the page, wherever the focus is; an editor may take it first. */
function useHelpKey(): void {
  const { help } = useServices()
  useEffect(() => {
    const press = (event: KeyboardEvent): void => {
      if (event.key !== 'F1' || event.defaultPrevented) return
      event.preventDefault()
      help.set({ kind: 'open', tab: 'keys' })
    }
    addEventListener('keydown', press)
    return () => removeEventListener('keydown', press)
  }, [help])
}

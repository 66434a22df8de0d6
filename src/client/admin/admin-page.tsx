import { useState } from 'react'
import type { ReactNode } from 'react'

import type { Isolation } from '../../messages/admin.ts'
import { useServices } from '../app/services.ts'
import { TopBar } from '../app/top-bar.tsx'
import { ErrorNote, Progress } from '../ui/notes.tsx'
import { useLoaded } from '../ui/use-loaded.ts'
import { useObservable } from '../ui/use-observable.ts'
import { AccountsSection } from './accounts-section.tsx'
import { HelpRequestsSection } from './help-requests-section.tsx'
import { KeptMailSection } from './kept-mail-section.tsx'

/** For the admin of an installation. */
export function AdminPage(): ReactNode {
  const { session } = useServices()
  const account = useObservable(session.who)?.account
  return (
    <>
      <TopBar />
      <div className="scroll">
        <main className="page">
          <h1>Admin</h1>
          {account?.admin ? (
            <>
              <Overview />
              <AccountsSection />
              <HelpRequestsSection />
              <KeptMailSection />
            </>
          ) : (
            <p>Only an admin of this installation sees this page.</p>
          )}
        </main>
      </div>
    </>
  )
}

const ISOLATION_WORDS: Record<Isolation, string> = {
  unix_user: 'each project runs as a Unix user of its own',
  bubblewrap: 'each project runs in a sandbox (bubblewrap)',
  none: 'none: projects run as the user who started the server',
}

function Overview(): ReactNode {
  const { connection } = useServices()
  const { kind } = useObservable(connection.state)
  const [shown, setShown] = useState(false)
  const overview = useLoaded(() => connection.request('admin_overview', {}), kind)
  const { value } = overview
  if (!value)
    return overview.error === undefined ? (
      <Progress>Loading the overview</Progress>
    ) : (
      <ErrorNote text={overview.error} />
    )
  const minutes = shown ? value.minutes.slice(0, 60) : []
  return (
    <section className="section" aria-labelledby="overview">
      <h2 id="overview">Overview</h2>
      <dl className="facts">
        <dt>Connected</dt>
        <dd>{value.clients}</dd>
        <dt>Projects running</dt>
        <dd>{value.projectsRunning}</dd>
        <dt>Accounts</dt>
        <dd>{value.accounts}</dd>
        <dt>Isolation</dt>
        <dd>
          {ISOLATION_WORDS[value.isolation]}
          <div className="hint">{value.isolationReason}</div>
        </dd>
        <dt>Mail</dt>
        <dd>{value.mailConfigured ? 'is sent' : 'is kept below: no mail server is configured'}</dd>
        <dt>Build</dt>
        <dd>{value.build}</dd>
      </dl>
      <div className="row">
        <button className="button" onClick={overview.reload}>
          Refresh
        </button>
        <button className="button" aria-expanded={shown} onClick={() => setShown(!shown)}>
          Last hour
        </button>
      </div>
      {shown && (
        <table className="table">
          <thead>
            <tr>
              <th scope="col">Minute</th>
              <th scope="col">Connected</th>
              <th scope="col">Projects running</th>
            </tr>
          </thead>
          <tbody>
            {minutes.map((minute) => (
              <tr key={minute.timeMs}>
                <td>{new Date(minute.timeMs).toLocaleTimeString()}</td>
                <td>{minute.clients}</td>
                <td>{minute.projectsRunning}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </section>
  )
}

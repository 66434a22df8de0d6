import type { ReactNode } from 'react'

import type { ProjectConnection } from '../connection/project-connection.ts'
import { PageLink } from '../ui/page-link.tsx'
import { useObservable } from '../ui/use-observable.ts'
import { AccountMenu } from './account-menu.tsx'
import { ConnectionButton } from './connection-button.tsx'
import { useServices } from './services.ts'

interface TopBarProps {
  readonly project?: ProjectConnection
  /** What stands between the mark and the state: a project's title, its tabs, its people. */
  readonly children?: ReactNode
}

/** The bar over every page. */
export function TopBar({ project, children }: TopBarProps): ReactNode {
  const { session, help } = useServices()
  const who = useObservable(session.who)
  return (
    <header className="top-bar">
      <PageLink to={{ kind: 'home' }} className="mark" label="Salvus, home">
        <span className="mark-sign" aria-hidden="true">
          S
        </span>
        <span className="mark-name">Salvus</span>
      </PageLink>
      <div className="top-bar-middle">{children}</div>
      <ConnectionButton {...(project ? { project } : {})} />
      <button
        className="button button-quiet"
        onClick={() => help.set({ kind: 'open', tab: 'search' })}
      >
        Help
      </button>
      {who?.account && <AccountMenu account={who.account} />}
    </header>
  )
}

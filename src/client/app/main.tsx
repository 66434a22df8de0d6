import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'

import '../ui/theme.css'
import '../ui/controls.css'
import '../ui/overlays.css'
import './frame.css'
import '../account/account.css'
import '../projects/projects.css'
import '../files/files.css'

import { HubConnection } from '../connection/hub-connection.ts'
import { browserNetwork } from '../connection/network.ts'
import { primusTransport } from '../connection/primus-transport.ts'
import type { HelpDialogState } from '../help/help-state.ts'
import { ProjectsStore } from '../projects/projects-store.ts'
import { ErrorBoundary } from '../ui/error-boundary.tsx'
import { App } from './app.tsx'
import { Value } from './observable.ts'
import { browserHistory, Router } from './router.ts'
import { SaveStates } from './save-state.ts'
import { Session } from './session.ts'
import { ServicesContext } from './services.ts'
import type { Services } from './services.ts'
import { Toasts } from './toasts.ts'

/** Opens what the page is made of, and shows it. */
function main(): void {
  const root = document.getElementById('app')
  if (!root) throw new Error('bug: index.html has no #app')
  createRoot(root).render(
    <StrictMode>
      <ServicesContext value={openServices()}>
        <ErrorBoundary what="the page">
          <App />
        </ErrorBoundary>
      </ServicesContext>
    </StrictMode>,
  )
}

function openServices(): Services {
  const session = new Session()
  const connection = new HubConnection({
    openTransport: primusTransport(document.baseURI),
    network: browserNetwork(),
    build: buildName(),
    onHello: (hello) => session.greeted(hello),
  })
  session.listen(connection)
  const projects = new ProjectsStore(connection)
  connection.state.subscribe(() => {
    if (connection.state.get().kind !== 'connected') return
    if (session.who.get()?.account) void projects.watch()
    else projects.clear()
  })
  return {
    connection,
    session,
    projects,
    router: new Router(browserHistory()),
    saveStates: new SaveStates(),
    toasts: new Toasts(),
    help: new Value<HelpDialogState>({ kind: 'closed' }),
  }
}

/** The name of this script has the hash of its content in it. */
function buildName(): string {
  return (new URL(import.meta.url).pathname.split('/').pop() ?? 'page').slice(0, 64)
}

main()

import type { ReactNode } from 'react'

import { ErrorNote } from '../ui/notes.tsx'
import { useAction } from '../ui/use-action.ts'
import { useObservable } from '../ui/use-observable.ts'
import { useServices } from './services.ts'

/** The hub speaks a newer protocol: the page is loaded again once everything unsent is in IndexedDB. */
export function OldVersionBanner(): ReactNode {
  const { connection, saveStates } = useServices()
  const { kind } = useObservable(connection.state)
  const reload = useAction(async () => {
    await saveStates.keepEverything()
    location.reload()
  })
  if (kind !== 'old_version') return null
  return (
    <div className="banner" role="alert">
      <span>
        The server was updated. What you typed is kept in this browser and is sent after reloading.
      </span>
      <button className="button button-primary" disabled={reload.busy} onClick={reload.run}>
        Reload to update
      </button>
      <ErrorNote text={reload.error} />
    </div>
  )
}

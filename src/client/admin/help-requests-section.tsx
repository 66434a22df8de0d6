import type { ReactNode } from 'react'

import { HelpRequestList } from '../help/help-request-list.tsx'
import { useServices } from '../app/services.ts'
import { ErrorNote } from '../ui/notes.tsx'
import { useLoaded } from '../ui/use-loaded.ts'

export function HelpRequestsSection(): ReactNode {
  const { connection } = useServices()
  const help = useLoaded(() => connection.request('admin_list_help', {}), 'help')
  return (
    <section className="section" aria-labelledby="help-requests">
      <h2 id="help-requests">Help requests</h2>
      <ErrorNote text={help.error} />
      {help.value && <HelpRequestList requests={help.value.helpRequests} showSender />}
      <div>
        <button className="button" onClick={help.reload}>
          Refresh help requests
        </button>
      </div>
    </section>
  )
}

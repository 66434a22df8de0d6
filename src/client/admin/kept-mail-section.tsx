import type { ReactNode } from 'react'

import { useServices } from '../app/services.ts'
import { ErrorNote } from '../ui/notes.tsx'
import { useLoaded } from '../ui/use-loaded.ts'

/** Without a mail server, mails are kept here instead of being lost. */
export function KeptMailSection(): ReactNode {
  const { connection } = useServices()
  const mail = useLoaded(() => connection.request('admin_list_mail', {}), 'mail')
  return (
    <section className="section" aria-labelledby="kept-mail">
      <h2 id="kept-mail">Kept mail</h2>
      <ErrorNote text={mail.error} />
      {mail.value?.mails.length === 0 && <p>No mail is kept.</p>}
      {mail.value?.mails.map((one) => (
        <details key={one.mailId}>
          <summary>
            {one.subject}, to {one.to}, {new Date(one.createdMs).toLocaleString()}
          </summary>
          <pre className="mail-text">{one.text}</pre>
        </details>
      ))}
      <div>
        <button className="button" onClick={mail.reload}>
          Refresh mail
        </button>
      </div>
    </section>
  )
}

import type { ReactNode } from 'react'

import type { HelpRequest } from '../../messages/help.ts'

const STATE_WORDS: Record<HelpRequest['state'], string> = {
  waiting: 'waiting to be sent',
  sent: 'sent',
  kept: 'kept for the admin',
}

interface HelpRequestListProps {
  readonly requests: readonly HelpRequest[]
  readonly showSender?: boolean
}

/** Help requests, newest first, each with all that was sent. */
export function HelpRequestList({ requests, showSender }: HelpRequestListProps): ReactNode {
  if (requests.length === 0) return <p>There are none yet.</p>
  return (
    <ul className="list" aria-label="Help requests">
      {requests.map((request) => (
        <li key={request.helpRequestId}>
          <details className="list-text">
            <summary>
              {request.subject}, {STATE_WORDS[request.state]}
              {showSender ? `, from ${request.fromName} ${request.fromEmail}` : ''}
            </summary>
            <p className="hint">{new Date(request.createdMs).toLocaleString()}</p>
            <pre className="mail-text">{request.text}</pre>
            {Object.entries(request.attachments).map(([name, text]) => (
              <div key={name}>
                <div className="hint">{name}</div>
                <pre className="mail-text">{text}</pre>
              </div>
            ))}
          </details>
        </li>
      ))}
    </ul>
  )
}

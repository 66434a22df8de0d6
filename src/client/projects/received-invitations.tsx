import type { ReactNode } from 'react'

import type { ReceivedInvitation } from '../../messages/projects.ts'
import { useServices } from '../app/services.ts'
import { ErrorNote } from '../ui/notes.tsx'
import { useAction } from '../ui/use-action.ts'

interface ReceivedInvitationsProps {
  readonly invitations: readonly ReceivedInvitation[]
}

/** Invitations to the account's confirmed address: they need no link. */
export function ReceivedInvitations({ invitations }: ReceivedInvitationsProps): ReactNode {
  if (invitations.length === 0) return null
  return (
    <ul className="list" aria-label="Invitations">
      {invitations.map((invitation) => (
        <InvitationRow key={invitation.invitationId} invitation={invitation} />
      ))}
    </ul>
  )
}

function InvitationRow({ invitation }: { readonly invitation: ReceivedInvitation }): ReactNode {
  const { connection, projects, router } = useServices()
  const { invitationId } = invitation
  const accept = useAction(async () => {
    const { projectId } = await connection.request('accept_invitation', { invitationId })
    projects.removeInvitation(invitationId)
    router.go({ kind: 'project', projectId })
  })
  const decline = useAction(async () => {
    await connection.request('decline_invitation', { invitationId })
    projects.removeInvitation(invitationId)
  })
  return (
    <li>
      <div className="list-text">
        {invitation.inviterName} invites you to <strong>{invitation.projectTitle}</strong> as{' '}
        {invitation.role}
        <ErrorNote text={accept.error ?? decline.error} />
      </div>
      <button className="button button-primary" disabled={accept.busy} onClick={accept.run}>
        Accept
      </button>
      <button className="button" disabled={decline.busy} onClick={decline.run}>
        Decline
      </button>
    </li>
  )
}

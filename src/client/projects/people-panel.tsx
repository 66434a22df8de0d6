import { useEffect, useState } from 'react'
import type { ReactNode } from 'react'

import type { ProjectId, Role } from '../../messages/ids.ts'
import type { Invitation, Member } from '../../messages/projects.ts'
import { useServices } from '../app/services.ts'
import { CopyButton } from '../ui/copy-button.tsx'
import { ErrorNote, Progress } from '../ui/notes.tsx'
import { useAction } from '../ui/use-action.ts'
import { useLoaded } from '../ui/use-loaded.ts'
import { useObservable } from '../ui/use-observable.ts'
import { InviteDialog } from './invite-dialog.tsx'
import { MemberRow } from './member-row.tsx'
import { roleWords } from './roles.ts'
import { LeaveProjectDialog } from './end-project-dialogs.tsx'

/** Who is a member, who is invited, and leaving. */
export function PeoplePanel({ projectId }: { readonly projectId: ProjectId }): ReactNode {
  const { projects, router } = useServices()
  useObservable(projects.state)
  const project = projects.project(projectId)
  const [inviting, setInviting] = useState(false)
  const [leaving, setLeaving] = useState(false)
  if (!project) return <Progress>Loading the people</Progress>
  const { role, members } = project
  return (
    <section className="panel-section" aria-label="People">
      {role !== 'viewer' && (
        <div>
          <button className="button button-primary" onClick={() => setInviting(true)}>
            Invite
          </button>
        </div>
      )}
      <ul className="list" aria-label="Members">
        {members.map((member: Member) => (
          <MemberRow key={member.accountId} project={project} member={member} />
        ))}
      </ul>
      {role !== 'viewer' && <PendingInvitations projectId={projectId} />}
      <div>
        <button className="button button-danger" onClick={() => setLeaving(true)}>
          Leave project
        </button>
      </div>
      {inviting && (
        <InviteDialog projectId={projectId} role={role} onClose={() => setInviting(false)} />
      )}
      {leaving && (
        <LeaveProjectDialog
          project={project}
          onDone={() => router.go({ kind: 'home' })}
          onClose={() => setLeaving(false)}
        />
      )}
    </section>
  )
}

function PendingInvitations({ projectId }: { readonly projectId: ProjectId }): ReactNode {
  const { connection, projects } = useServices()
  const { kind } = useObservable(connection.state)
  const { value, error, reload } = useLoaded(
    () => connection.request('list_invitations', { projectId }),
    kind,
  )
  useEffect(
    () =>
      projects.invitationsChanged.subscribe(() => {
        if (projects.invitationsChanged.get()?.projectId === projectId) reload()
      }),
    [projects, projectId, reload],
  )
  if (value?.invitations.length === 0) return null
  return (
    <>
      <h2>Invited</h2>
      <ErrorNote text={error} />
      <ul className="list" aria-label="Pending invitations">
        {value?.invitations.map((invitation) => (
          <InvitationRow
            key={invitation.invitationId}
            invitation={invitation}
            projectId={projectId}
            onGone={reload}
          />
        ))}
      </ul>
    </>
  )
}

interface InvitationRowProps {
  readonly invitation: Invitation
  readonly projectId: ProjectId
  readonly onGone: () => void
}

function InvitationRow({ invitation, projectId, onGone }: InvitationRowProps): ReactNode {
  const { connection } = useServices()
  const { invitationId, email, link } = invitation
  const withdraw = useAction(async () => {
    await connection.request('revoke_invitation', { projectId, invitationId })
    onGone()
  })
  const role: Role = invitation.role
  return (
    <li>
      <div className="list-text">
        {email}
        <div className="hint">
          {roleWords(role)}, until {new Date(invitation.expiresMs).toLocaleDateString()}
        </div>
        <ErrorNote text={withdraw.error} />
      </div>
      {link !== undefined && <CopyButton label="Copy link" text={link} />}
      <button
        className="button"
        aria-label={`Withdraw the invitation of ${email}`}
        disabled={withdraw.busy}
        onClick={withdraw.run}
      >
        Withdraw
      </button>
    </li>
  )
}

import { useState } from 'react'
import type { ReactNode } from 'react'

import type { Member, Project } from '../../messages/projects.ts'
import { useServices } from '../app/services.ts'
import { ConfirmDialog } from '../ui/confirm-dialog.tsx'
import { ErrorNote } from '../ui/notes.tsx'
import { errorText } from '../app/error-text.ts'
import { useObservable } from '../ui/use-observable.ts'
import { parseRole, rolesToGive, roleWords } from './roles.ts'

interface MemberRowProps {
  readonly project: Project
  readonly member: Member
}

export function MemberRow({ project, member }: MemberRowProps): ReactNode {
  const { connection, session } = useServices()
  const self = useObservable(session.who)?.account?.accountId === member.accountId
  const [removing, setRemoving] = useState(false)
  const [error, setError] = useState<string | undefined>(undefined)
  const { projectId } = project
  const { accountId, name } = member
  const manages = project.role === 'owner' && !self
  const setRole = (value: string): void => {
    connection.request('set_role', { projectId, accountId, role: parseRole(value) }).then(
      () => setError(undefined),
      (reason: unknown) => setError(errorText(reason)),
    )
  }
  return (
    <li>
      <div className="list-text">
        {name}
        {self ? ' (you)' : ''}
        <div className="hint">{member.email}</div>
        <ErrorNote text={error} />
      </div>
      {manages ? (
        <>
          <select
            className="input member-role"
            aria-label={`Role of ${name}`}
            value={member.role}
            onChange={(event) => setRole(event.target.value)}
          >
            {rolesToGive('owner').map(([role, text]) => (
              <option key={role} value={role}>
                {text}
              </option>
            ))}
          </select>
          <button
            className="button"
            aria-label={`Remove ${name}`}
            onClick={() => setRemoving(true)}
          >
            Remove
          </button>
        </>
      ) : (
        <span>{roleWords(member.role)}</span>
      )}
      {removing && (
        <ConfirmDialog
          title={`Remove ${name}?`}
          text={`${name} loses access to ${project.title} at once. What they typed stays.`}
          confirm="Remove"
          onConfirm={async () => {
            await connection.request('remove_member', { projectId, accountId })
          }}
          onClose={() => setRemoving(false)}
        />
      )}
    </li>
  )
}

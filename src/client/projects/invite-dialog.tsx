import { useState } from 'react'
import type { FormEvent, ReactNode } from 'react'

import type { ProjectId, Role } from '../../messages/ids.ts'
import { useServices } from '../app/services.ts'
import { CopyButton } from '../ui/copy-button.tsx'
import { Dialog } from '../ui/dialog.tsx'
import { ChoiceField, Field } from '../ui/field.tsx'
import { ErrorNote, InfoNote } from '../ui/notes.tsx'
import { useAction } from '../ui/use-action.ts'
import { parseRole, rolesToGive } from './roles.ts'

interface InviteDialogProps {
  readonly projectId: ProjectId
  /** The role of the one who invites. */
  readonly role: Role
  readonly onClose: () => void
}

/** Invites an address, with an account or without; the link can be copied whether a mail was sent or not. */
export function InviteDialog({ projectId, role: own, onClose }: InviteDialogProps): ReactNode {
  const { connection } = useServices()
  const [email, setEmail] = useState('')
  const [role, setRole] = useState<Role>('editor')
  const [done, setDone] = useState<{ email: string; mailed: boolean; link?: string } | undefined>()
  const invite = useAction(async () => {
    const answer = await connection.request('invite', { projectId, email, role })
    const { link } = answer.invitation
    setDone({ email, mailed: answer.mailed, ...(link === undefined ? {} : { link }) })
    setEmail('')
  })
  const submit = (event: FormEvent): void => {
    event.preventDefault()
    invite.run()
  }
  return (
    <Dialog open title="Invite" onClose={onClose}>
      <form className="form" onSubmit={submit}>
        <Field
          label="E-mail"
          type="email"
          required
          value={email}
          onChange={(event) => setEmail(event.target.value)}
        />
        <ChoiceField
          label="Role"
          hint="Editors change and run everything; viewers look."
          value={role}
          choices={rolesToGive(own)}
          onValue={(value) => setRole(parseRole(value))}
        />
        <ErrorNote text={invite.error} />
        {done && (
          <InfoNote>
            <span className="block">
              {done.mailed
                ? `An invitation was sent to ${done.email}.`
                : `${done.email} is invited. No mail was sent: copy the link and send it yourself.`}
            </span>
            {done.link !== undefined && <CopyButton label="Copy link" text={done.link} />}
          </InfoNote>
        )}
        <div className="dialog-buttons">
          <button className="button" type="button" onClick={onClose}>
            Done
          </button>
          <button className="button button-primary" type="submit" disabled={invite.busy}>
            Send invitation
          </button>
        </div>
      </form>
    </Dialog>
  )
}

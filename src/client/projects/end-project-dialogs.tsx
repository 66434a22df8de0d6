import type { ReactNode } from 'react'

import type { ProjectId } from '../../messages/ids.ts'
import { useServices } from '../app/services.ts'
import { ConfirmDialog } from '../ui/confirm-dialog.tsx'

interface EndProjectProps {
  readonly project: { readonly projectId: ProjectId; readonly title: string }
  /** After it is done; the project is gone from one's list. */
  readonly onDone?: () => void
  readonly onClose: () => void
}

export function LeaveProjectDialog({ project, onDone, onClose }: EndProjectProps): ReactNode {
  const { connection } = useServices()
  const { projectId, title } = project
  return (
    <ConfirmDialog
      title={`Leave ${title}?`}
      text="You lose access to its files until somebody invites you again."
      confirm="Leave project"
      onConfirm={async () => {
        await connection.request('leave_project', { projectId })
        onDone?.()
      }}
      onClose={onClose}
    />
  )
}

export function DeleteProjectDialog({ project, onDone, onClose }: EndProjectProps): ReactNode {
  const { connection } = useServices()
  const { projectId, title } = project
  return (
    <ConfirmDialog
      title={`Delete ${title}?`}
      text="It stops, and waits in the trash for 30 days, for all its members. Then its files are lost for good."
      confirm="Delete project"
      onConfirm={async () => {
        await connection.request('delete_project', { projectId })
        onDone?.()
      }}
      onClose={onClose}
    />
  )
}

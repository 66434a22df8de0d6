import type { DocumentDisk } from '../../messages/documents.ts'
import type { ProjectConnection } from '../connection/project-connection.ts'

/** Why a document can't be changed here: the person's role, or its file; undefined where it can. */
export function readOnlyReason(
  project: ProjectConnection,
  disk: DocumentDisk | undefined,
): string | undefined {
  const route = project.state.get()
  if (route.kind === 'open' && route.role === 'viewer') return 'You are a viewer of this project.'
  return disk?.readOnly ? (disk.readOnlyReason ?? 'The file can’t be written.') : undefined
}

import type { ChangedBy } from '../../messages/project-api.ts'
import type { Author } from '../../sync/messages.ts'

/** Begins the session name of a program. A client's session can't have it: it has an account. */
export const PROGRAM_SID = 'program:'

/** Who made a change, as programs are told. */
export function changedBy({ sid, accountId, name }: Author): ChangedBy {
  if (accountId !== '') return { name, kind: 'person' }
  if (sid.startsWith(PROGRAM_SID)) return { name, kind: 'program' }
  return { name, kind: sid === 'runner' ? 'output' : 'disk' }
}

import type { ClientUpdate, Repaired } from '../../sync/client.ts'
import { TEXT_LENGTH_MAX } from '../../sync/limits.ts'
import { CodedError } from '../../util/coded-error.ts'
import { plural } from '../app/words.ts'

/** Why what was typed is kept as a copy beside the document, in sentences. */
export function keptReason(update: Pick<ClientUpdate, 'problem' | 'repaired'>): string {
  const { problem, repaired } = update
  if (problem?.kind === 'refused')
    return problem.code === 'read_only' || problem.code === 'forbidden'
      ? 'Your last changes could not be saved because you are now a viewer.'
      : `Your last changes could not be saved: ${problem.message}.`
  if (repaired || problem?.kind === 'forked' || problem?.kind === 'mismatch')
    return 'You typed this while you were away. The text around it is gone, so that it could not be placed.'
  return 'You typed this into a cell that somebody else deleted.'
}

export const DIVERGED_REASON =
  'This text differed from the one on the server. The document goes on with the server’s; this is what was here.'

/** Why the document did not take what somebody typed, pasted or inserted, in a sentence. */
export function notAddedReason(error: unknown): string {
  if (error instanceof CodedError && error.code === 'too_large')
    return `This was not added: a text has at most ${Math.floor(TEXT_LENGTH_MAX / 1e6)} million characters.`
  const why = error instanceof Error ? error.message : String(error)
  return `This could not be added: ${why}.`
}

/** What to tell once, where the owner no longer knew the version that this page had. */
export function repairRemark({ changes, unplaced }: Repaired): string {
  const placed = `${plural(changes, 'change')} of yours ${changes === 1 ? 'was' : 'were'} added to it`
  const rest =
    unplaced === 0 ? '' : ` ${plural(unplaced, 'piece')} found no place and can be inserted below.`
  return `The server had another history of this document than this page, as after a power failure or when a backup is restored: ${placed}.${rest}`
}

import type { ClientUpdate } from '../../sync/client.ts'

/** Why what was typed is kept as a copy beside the document, in a sentence. */
export function keptReason(problem: ClientUpdate['problem']): string {
  if (problem?.kind === 'refused')
    return problem.code === 'read_only' || problem.code === 'forbidden'
      ? 'Your last changes could not be saved because you are now a viewer.'
      : `Your last changes could not be saved: ${problem.message}.`
  if (problem?.kind === 'forked' || problem?.kind === 'mismatch')
    return 'Changes made while you were away could not be merged; here they are.'
  return 'You typed this into a cell that somebody else deleted.'
}

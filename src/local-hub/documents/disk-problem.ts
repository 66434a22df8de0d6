import { saveFailure } from './disk-file.ts'

export interface DiskProblem {
  readonly state: 'conflict' | 'deleted' | 'failed'
  /** What is wrong, and what to do. */
  readonly message: string
  /** It may go away by itself. */
  readonly retry: boolean
}

/** What is in the file is not to be merged. */
const CONFLICTS = new Set(['not_text', 'too_large', 'not_a_file', 'conflict'])

/** `movedTo`: the name that the file has in its folder now. */
export function deletedMessage(movedTo?: string): string {
  return movedTo === undefined
    ? 'The file was deleted or moved. Save writes it again; nothing typed here is lost.'
    : `Another program renamed the file to “${movedTo}”. Save writes it again under its old name; nothing typed here is lost.`
}

/** What a failure of reading or writing the file means to people. */
export function diskProblem(code: string, error: unknown): DiskProblem {
  if (code === 'not_found') return { state: 'deleted', message: deletedMessage(), retry: false }
  if (!CONFLICTS.has(code)) {
    return { state: 'failed', message: saveFailure(error).message, retry: true }
  }
  const what = error instanceof Error ? error.message : code
  const message =
    `Another program replaced the file by ${what}. ` +
    'Save keeps that beside and writes the document again.'
  return { state: 'conflict', message, retry: false }
}

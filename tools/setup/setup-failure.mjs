/**
 * Something that the person at the keyboard can put right. It is shown as two lines, what is wrong
 * and what to do about it, and never as a stack trace.
 */
export class SetupFailure extends Error {
  /**
   * @param {string} message what is wrong, with the value that is
   * @param {string} remedy what to type or change
   * @param {ErrorOptions} [options]
   */
  constructor(message, remedy, options) {
    super(message, options)
    this.name = 'SetupFailure'
    this.remedy = remedy
  }
}

/** Errors of the file system that have the same remedy wherever they happen. */
const REMEDIES = new Map([
  ['ENOSPC', 'Free some space on this disk (a fresh set-up needs 1.5 GB), then run it again.'],
  ['EDQUOT', 'Your disk quota is used up: free some space, then run it again.'],
  ['EROFS', 'This file system is read-only: clone Salvus into a folder that can be written.'],
  ['EACCES', 'Run it as the user who owns the clone, or `chown -R` the clone to this user.'],
  ['EMFILE', 'Raise the limit of open files: `ulimit -n 4096`.'],
])

/**
 * @param {unknown} error
 * @param {string} doing what failed, as "<doing> failed" reads well
 * @returns {SetupFailure | undefined} undefined where the error is none a person can mend
 */
export function explainError(error, doing) {
  if (error instanceof SetupFailure) return error
  if (!(error instanceof Error)) return undefined
  const text = `${'code' in error ? String(error.code) : ''} ${error.message}`
  for (const [code, remedy] of REMEDIES) {
    if (text.includes(code)) {
      return new SetupFailure(`${doing} failed: ${error.message}`, remedy, { cause: error })
    }
  }
  return undefined
}

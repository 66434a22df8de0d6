import { codeOf } from '../util/coded-error.ts'

/** Something that the person at the keyboard can put right: shown with its remedy, without a stack. */
export class Failure extends Error {
  readonly remedy: string

  constructor(message: string, remedy: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'Failure'
    this.remedy = remedy
  }
}

/** Errors whose remedy is the same wherever they happen. */
const REMEDIES: Readonly<Record<string, string>> = {
  ENOSPC: 'Free some space on this disk, then run it again.',
  EDQUOT: 'Your disk quota is used up: free some space, then run it again.',
  EROFS: 'This file system is read-only: choose another folder with --data DIR.',
  EACCES: 'Run it as the user who owns the folder, or choose another with --data DIR.',
  database_away: 'See that the database runs, and that its address, user and password are right.',
  schema_older: 'Run `salvus schema apply --config FILE` with this version of Salvus.',
  schema_newer: 'Use a Salvus at least as new as the one that made the tables.',
  not_empty: 'Copy into an empty database.',
  schema_locked: 'Wait until the other one is done.',
  EPERM: 'Run it as the user who owns the folder, or choose another with --data DIR.',
}

/** What to print for an error that ends a command. */
export function explain(error: unknown): string {
  if (error instanceof Failure) return `\n${error.message}\n  -> ${error.remedy}\n`
  const remedy = REMEDIES[codeOf(error) ?? '']
  if (error instanceof Error && remedy !== undefined) return `\n${error.message}\n  -> ${remedy}\n`
  if (error instanceof TypeError && codeOf(error)?.startsWith('ERR_PARSE_ARGS') === true) {
    return `${error.message}\n`
  }
  return `${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`
}

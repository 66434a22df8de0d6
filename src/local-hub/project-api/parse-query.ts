import { z } from 'zod'

import type { ErrorCode } from '../../messages/errors.ts'
import { personName, projectPath } from '../../messages/ids.ts'
import { HISTORY_GROUPS_MAX } from '../../messages/limits.ts'
import { PROGRAM_NAME, PROGRAM_NAME_CHARACTERS_MAX } from '../../messages/project-api.ts'
import { CodedError } from '../../util/coded-error.ts'
import type { AtVersion } from '../documents/program-protocol.ts'

/** `TERM.VERSION`; numbers that JSON holds. */
const revision = z
  .string()
  .regex(/^\d{1,10}\.\d{1,15}$/, 'a revision is two numbers with a dot: take it from an answer')
  .transform((text): AtVersion => {
    const [term, v] = text.split('.').map(Number)
    return { term: term ?? 0, v: v ?? 0 }
  })

const query = z.strictObject({
  path: projectPath.min(1, 'say which file'),
  name: personName.max(PROGRAM_NAME_CHARACTERS_MAX).default(PROGRAM_NAME),
  revision: revision.optional(),
  after: revision.optional(),
  before: revision.optional(),
  limit: z.coerce.number().int().min(1).max(HISTORY_GROUPS_MAX).optional(),
  part: z.string().max(128).optional(),
  save: z
    .enum(['yes', 'no'])
    .default('yes')
    .transform((word) => word === 'yes'),
})
export type Query = z.infer<typeof query>

/** @throws CodedError `bad_value` that names what is wrong */
export function parseQuery(parameters: URLSearchParams): Query {
  const named = new Map<string, string>()
  for (const [name, value] of parameters) {
    if (named.has(name)) throw refused(`"${name}" is said twice`)
    named.set(name, value)
  }
  const parsed = query.safeParse(Object.fromEntries(named))
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  const where = issue?.path.join('.') ?? ''
  throw refused([where, issue?.message ?? 'bad'].filter((word) => word !== '').join(': '))
}

function refused(message: string): CodedError {
  return new CodedError<ErrorCode>('bad_value', message)
}

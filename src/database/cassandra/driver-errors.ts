import { DatabaseAway } from '../database-away.ts'

/** Answers of a server that are about the statement or its sender: repeating them changes nothing. */
const LASTING_CODES = new Set([
  0x0100, // bad credentials
  0x2000, // syntax
  0x2100, // unauthorized
  0x2200, // invalid
  0x2300, // configuration
  0x2400, // already exists
])

/** Whether the same may succeed a moment later. */
export function mayPass(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  if (error instanceof DatabaseAway) return false
  if (error.name === 'NoHostAvailableError') return causesOf(error).every(mayPass)
  if ('code' in error && typeof error.code === 'number') return !LASTING_CODES.has(error.code)
  if (['AuthenticationError', 'ArgumentError', 'NotSupportedError'].includes(error.name))
    return false
  return error.name !== 'TypeError'
}

/** What a node said, where one said anything. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const cause = error instanceof DatabaseAway ? error.cause : error
  const [inner] = cause instanceof Error ? causesOf(cause) : []
  return inner instanceof Error ? inner.message : error.message
}

/** The two nodes that are to keep a batch first did not answer both; none of its writes was made. */
export function isBatchLogTimeout(error: unknown): boolean {
  return error instanceof Error && 'writeType' in error && error.writeType === 'BATCH_LOG'
}

function causesOf(error: Error): readonly unknown[] {
  const inner = 'innerErrors' in error ? error.innerErrors : undefined
  return typeof inner === 'object' && inner !== null ? Object.values(inner) : []
}

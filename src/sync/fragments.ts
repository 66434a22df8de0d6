import { CodedError } from '../util/coded-error.ts'
import { FRAGMENTED_BYTES_MAX, SNAPSHOT_CHUNK_BYTES } from './limits.ts'

const MORE = 0x7e
const LAST = 0x7f

/** Fragments of one message: far more than ours has, whose fragments are full; small ones without end are no message. */
const FRAGMENTS_MAX = 1024

/** A message that is larger than a frame, such as a paste of megabytes: `(MORE bytes)* LAST bytes`. */
export function toFragments(message: Uint8Array): readonly Uint8Array[] {
  if (message.length <= SNAPSHOT_CHUNK_BYTES) return [message]
  const fragments: Uint8Array[] = []
  for (let at = 0; at < message.length; at += SNAPSHOT_CHUNK_BYTES) {
    const piece = message.subarray(at, at + SNAPSHOT_CHUNK_BYTES)
    const fragment = new Uint8Array(piece.length + 1)
    fragment[0] = at + SNAPSHOT_CHUNK_BYTES < message.length ? MORE : LAST
    fragment.set(piece, 1)
    fragments.push(fragment)
  }
  return fragments
}

/** The whole message, or undefined while more is to come; `earlier` holds what came. @throws CodedError `too_large` */
export function joinFragment(
  earlier: Uint8Array[],
  bytes: Uint8Array,
  most = FRAGMENTED_BYTES_MAX,
): Uint8Array | undefined {
  const kind = bytes[0]
  if (kind !== MORE && kind !== LAST) return bytes
  if (earlier.length >= FRAGMENTS_MAX)
    throw new CodedError('too_large', `a message of over ${FRAGMENTS_MAX} fragments`)
  earlier.push(bytes.subarray(1))
  const length = earlier.reduce((sum, fragment) => sum + fragment.length, 0)
  if (length > most) throw new CodedError('too_large', `a message of ${length}`)
  if (kind === MORE) return undefined
  const message = new Uint8Array(length)
  let at = 0
  for (const fragment of earlier.splice(0)) {
    message.set(fragment, at)
    at += fragment.length
  }
  return message
}

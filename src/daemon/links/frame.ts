import type { ErrorCode } from '../../messages/errors.ts'
import { LINK_FRAME_BYTES_MAX } from '../../messages/limits.ts'
import { CodedError } from '../../util/coded-error.ts'
import { FRAME_HEADER_BYTES } from '../../util/frame-reader.ts'
import { readVarint, varintLength, writeVarint } from '../../util/varint.ts'

/** A frame of a link, as drawn in messages/hub-local-hub.ts. */
export interface LinkFrame {
  readonly kind: number
  /** Clients that it comes from or goes to, by the numbers of this link. */
  readonly clients: readonly number[]
  /** Shares memory with what was received. */
  readonly payload: Uint8Array
}

/** Clients that one frame may list: those of a hub in one project. */
export const FRAME_CLIENTS_MAX = 100_000

/** Length, kind, count and clients: all that stands before the payload, which is written as it is. */
export function encodeFrameHead(
  kind: number,
  clients: readonly number[],
  payloadBytes: number,
): Uint8Array {
  let bytes = FRAME_HEADER_BYTES + 1 + varintLength(clients.length)
  for (const client of clients) bytes += varintLength(client)
  const length = bytes - FRAME_HEADER_BYTES + payloadBytes
  if (length > LINK_FRAME_BYTES_MAX) {
    throw new CodedError<ErrorCode>(
      'too_large',
      `a frame of ${length} bytes; the limit of a link is ${LINK_FRAME_BYTES_MAX}`,
    )
  }
  const head = Buffer.allocUnsafe(bytes)
  head.writeUInt32BE(length)
  head[FRAME_HEADER_BYTES] = kind
  let at = writeVarint(head, FRAME_HEADER_BYTES + 1, clients.length)
  for (const client of clients) at = writeVarint(head, at, client)
  return head
}

/**
 * Reads what follows the length.
 * @throws CodedError `bad_message`
 */
export function decodeFrame(frame: Uint8Array): LinkFrame {
  const kind = frame[0]
  const count = readVarint(frame, 1)
  if (kind === undefined || !count) throw bad('a frame begins with its kind and count')
  // Each client takes a byte or more: a count beyond that is refused before anything is reserved.
  if (count.value > FRAME_CLIENTS_MAX || count.value > frame.length) {
    throw bad(`a frame lists ${count.value} clients`)
  }
  const clients: number[] = []
  let at = count.end
  for (let left = count.value; left > 0; left--) {
    const client = readVarint(frame, at)
    if (!client) throw bad('a frame ends inside its list of clients')
    clients.push(client.value)
    at = client.end
  }
  return { kind, clients, payload: frame.subarray(at) }
}

function bad(message: string): CodedError<ErrorCode> {
  return new CodedError<ErrorCode>('bad_message', message)
}

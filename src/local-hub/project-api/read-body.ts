import type { IncomingMessage } from 'node:http'

import type { ErrorCode } from '../../messages/errors.ts'
import { CodedError } from '../../util/coded-error.ts'

/** The body of a request. @throws CodedError `too_large`, before more than that is held; `closed` where it ends early */
export async function readBody(request: IncomingMessage, bytesMax: number): Promise<Uint8Array> {
  if (Number(request.headers['content-length'] ?? 0) > bytesMax) throw tooLarge(bytesMax)
  const chunks: Buffer[] = []
  let length = 0
  try {
    // A stream without an encoding gives buffers.
    for await (const chunk of request as AsyncIterable<Buffer>) {
      length += chunk.length
      if (length > bytesMax) throw tooLarge(bytesMax)
      chunks.push(chunk)
    }
  } catch (error) {
    if (error instanceof CodedError) throw error
    throw new CodedError<ErrorCode>('closed', 'the request ended early', { cause: error })
  }
  return Buffer.concat(chunks)
}

function tooLarge(bytesMax: number): CodedError {
  return new CodedError<ErrorCode>('too_large', `a text has ${bytesMax} bytes at most`)
}

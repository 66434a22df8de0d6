import { createHash } from 'node:crypto'
import { extname } from 'node:path'

import type { ErrorCode } from '../../messages/errors.ts'
import type { ProjectId } from '../../messages/ids.ts'
import { BLOB_BYTES_MAX, CHUNK_BYTES } from '../../messages/limits.ts'
import { CodedError } from '../../util/coded-error.ts'
import type { PutBlob } from '../worksheets/worksheet-document.ts'
import type { LinkPeer } from '../../daemon/links/link-peer.ts'
import type { localHubToHub } from '../../messages/hub-local-hub.ts'

const CONTENT_TYPES: Readonly<Record<string, string>> = {
  '.png': 'image/png',
  '.jpg': 'image/jpeg',
  '.jpeg': 'image/jpeg',
  '.gif': 'image/gif',
  '.webp': 'image/webp',
  '.svg': 'image/svg+xml',
  '.pdf': 'application/pdf',
  '.html': 'text/html',
}

/** Keeps blobs in the store behind the hubs, in pieces that let other frames pass. */
export function createPutBlob(
  anyHub: () => LinkPeer<typeof localHubToHub>,
  projectId: ProjectId,
): PutBlob {
  return async (bytes, filename) => {
    if (bytes.length > BLOB_BYTES_MAX) {
      throw new CodedError<ErrorCode>(
        'too_large',
        `${filename} has ${bytes.length} bytes; the limit is ${BLOB_BYTES_MAX}`,
      )
    }
    const sha256 = createHash('sha256').update(bytes).digest('hex')
    const contentType = CONTENT_TYPES[extname(filename).toLowerCase()] ?? 'application/octet-stream'
    // All pieces to one hub: it puts them together.
    const hub = anyHub()
    let offset = 0
    do {
      const piece = Buffer.from(bytes.subarray(offset, offset + CHUNK_BYTES))
      const base64 = piece.toString('base64')
      const sizeBytes = bytes.length
      await hub.request('put_blob', { projectId, sha256, contentType, sizeBytes, offset, base64 })
      offset += CHUNK_BYTES
    } while (offset < bytes.length)
    return { sha256 }
  }
}

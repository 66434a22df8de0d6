import { createHash } from 'node:crypto'

import type { AnswerOf, RequestOf } from '../../messages/define.ts'
import type { localHubToHub } from '../../messages/hub-local-hub.ts'
import { CHUNK_BYTES } from '../../messages/limits.ts'
import type { HubContext } from '../context.ts'
import { refusal } from '../refuse.ts'

type PutBlob = RequestOf<typeof localHubToHub, 'put_blob'>
type BlobPut = AnswerOf<typeof localHubToHub, 'put_blob'>

/** Blobs that arrive in pieces at the same time; a local hub sends one after the other. */
const UNFINISHED_MAX = 64
/** A piece that does not come for so long: its sender was restarted and begins anew. */
const UNFINISHED_MS = 60_000

interface Unfinished {
  readonly pieces: Buffer[]
  receivedBytes: number
  timer: NodeJS.Timeout
}

/** Puts the pieces of blobs together, checks the whole against its hash, and keeps it for the project. */
export class BlobReceiver implements Disposable {
  readonly #context: Pick<HubContext, 'database' | 'now'>
  readonly #unfinished = new Map<string, Unfinished>()

  constructor(context: Pick<HubContext, 'database' | 'now'>) {
    this.#context = context
  }

  /** @throws CodedError `bad_value` for a piece out of order, or a whole that has another hash */
  async put(request: PutBlob): Promise<BlobPut> {
    const { projectId, sha256, offset, sizeBytes } = request
    const { blobs } = this.#context.database
    if (offset === 0 && (await blobs.get(sha256)) !== undefined) {
      // Whoever has the hash of a blob of another project may not read it by this: all of it must come.
      if (await blobs.isHeldBy(projectId, sha256)) return { stored: true }
    }
    const key = `${projectId} ${sha256}`
    const unfinished = this.#begun(key, offset)
    const piece = Buffer.from(request.base64, 'base64')
    const received = unfinished.receivedBytes + piece.length
    if (offset !== unfinished.receivedBytes || piece.length > CHUNK_BYTES || received > sizeBytes) {
      this.#forget(key)
      throw refusal('bad_value', `a piece of ${piece.length} bytes at ${offset} does not fit`)
    }
    unfinished.pieces.push(piece)
    unfinished.receivedBytes = received
    if (received < sizeBytes) return { stored: false }
    this.#forget(key)
    await this.#store(request, Buffer.concat(unfinished.pieces))
    return { stored: true }
  }

  [Symbol.dispose](): void {
    for (const key of [...this.#unfinished.keys()]) this.#forget(key)
  }

  #begun(key: string, offset: number): Unfinished {
    if (offset === 0) this.#forget(key)
    const found = this.#unfinished.get(key)
    if (found !== undefined) {
      found.timer.refresh()
      return found
    }
    if (this.#unfinished.size >= UNFINISHED_MAX) {
      throw refusal('too_many_requests', `${UNFINISHED_MAX} images are being received`)
    }
    const timer = setTimeout(() => this.#forget(key), UNFINISHED_MS)
    timer.unref()
    const begun = { pieces: [], receivedBytes: 0, timer }
    this.#unfinished.set(key, begun)
    return begun
  }

  #forget(key: string): void {
    clearTimeout(this.#unfinished.get(key)?.timer)
    this.#unfinished.delete(key)
  }

  async #store(request: PutBlob, content: Buffer): Promise<void> {
    const { projectId, sha256, contentType } = request
    if (createHash('sha256').update(content).digest('hex') !== sha256) {
      throw refusal('bad_value', 'the content of a blob has another hash')
    }
    const { blobs } = this.#context.database
    const createdMs = this.#context.now()
    await blobs.put({ sha256, contentType, sizeBytes: content.length, createdMs }, content)
    // Held as long as the project: until documents tell which images they still refer to, all may be needed.
    await blobs.hold(projectId, sha256, undefined)
  }
}

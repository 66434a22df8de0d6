import { constants, type FileHandle, open } from 'node:fs/promises'

import type { AnswerOf, RequestOf } from '../../messages/define.ts'
import type { ErrorCode } from '../../messages/errors.ts'
import type { fileRequests } from '../../messages/files.ts'
import type { ChannelId } from '../../messages/ids.ts'
import { CHUNK_BYTES, WINDOW_BYTES } from '../../messages/limits.ts'
import { CodedError } from '../../util/coded-error.ts'
import type { Channels, LocalClient } from '../client.ts'
import { atPath, fileError } from './file-error.ts'
import { resolveTarget } from './project-path.ts'

/** Transfers to one client that go on together. */
const DOWNLOADS_MAX = 16

interface Download {
  readonly client: LocalClient
  readonly path: string
  readonly file: FileHandle
  readonly position: number
  readonly lengthBytes: number
  sentBytes: number
  receivedBytes: number
  /** Whether the loop that sends is at work; it stops at the window and an acknowledgement starts it again. */
  sending: boolean
}

/** Opening a pipe that nobody writes to would wait for ever, and four of them would hold up every file. */
const READ = constants.O_RDONLY | constants.O_NONBLOCK

/** Files on their way to a client, each within a window of what it acknowledged: memory stays small for any size. */
export class Downloads {
  readonly #projectDir: string
  readonly #channels: Channels
  readonly #open = new Map<ChannelId, Download>()

  constructor(projectDir: string, channels: Channels) {
    this.#projectDir = projectDir
    this.#channels = channels
  }

  /** @throws CodedError `not_found`, `not_a_file`, `outside_project`, `permission_denied`, `too_many_requests` */
  async begin(
    request: RequestOf<typeof fileRequests, 'open_download'>,
    client: LocalClient,
  ): Promise<AnswerOf<typeof fileRequests, 'open_download'>> {
    if ([...this.#open.values()].filter((each) => each.client === client).length >= DOWNLOADS_MAX) {
      throw new CodedError<ErrorCode>(
        'too_many_requests',
        `more than ${DOWNLOADS_MAX} downloads at once`,
      )
    }
    const target = await resolveTarget(this.#projectDir, request.path)
    const file = await atPath(request.path, () => open(target.absolute, READ))
    const stats = await file.stat()
    if (!stats.isFile()) {
      await file.close()
      throw new CodedError<ErrorCode>('not_a_file', `"${request.path}" is not a file`)
    }
    const position = Math.min(request.offset ?? 0, stats.size)
    const lengthBytes = Math.min(
      request.lengthBytes ?? Number.MAX_SAFE_INTEGER,
      stats.size - position,
    )
    const channel = this.#channels.open({ receive: refuse })
    const download = {
      client,
      path: request.path,
      file,
      position,
      lengthBytes,
      sentBytes: 0,
      receivedBytes: 0,
      sending: false,
    }
    this.#open.set(channel, download)
    client.left.addEventListener('abort', () => void this.#release(channel), { once: true })
    // The answer goes first: the client learns the channel from it.
    setImmediate(() => void this.#send(channel, download))
    return {
      channel,
      sizeBytes: stats.size,
      modifiedMs: Math.max(0, Math.floor(stats.mtimeMs)),
      etag: `${stats.ino.toString(36)}-${stats.size.toString(36)}-${Math.floor(stats.mtimeMs).toString(36)}`,
    }
  }

  acknowledge(channel: ChannelId, client: LocalClient, receivedBytes: number): void {
    const download = this.#open.get(channel)
    if (download?.client !== client) return
    download.receivedBytes = Math.min(
      Math.max(download.receivedBytes, receivedBytes),
      download.sentBytes,
    )
    void this.#send(channel, download)
  }

  async cancel(channel: ChannelId, client: LocalClient): Promise<void> {
    if (this.#open.get(channel)?.client === client) await this.#release(channel)
  }

  async close(): Promise<void> {
    await Promise.all([...this.#open.keys()].map((channel) => this.#release(channel)))
  }

  async #send(channel: ChannelId, download: Download): Promise<void> {
    if (download.sending) return
    download.sending = true
    try {
      while (
        this.#open.get(channel) === download &&
        download.sentBytes - download.receivedBytes < WINDOW_BYTES
      ) {
        if (!(await this.#sendChunk(channel, download))) break
      }
    } catch (error) {
      const failure = fileError(download.path, error)
      if (this.#open.get(channel) === download) {
        download.client.notify('download_failed', {
          channel,
          code: failure.code,
          message: failure.message,
        })
        await this.#release(channel)
      }
    } finally {
      download.sending = false
    }
  }

  /** False when all is sent. A file that shrank meanwhile ends early, and `sentBytes` says so. */
  async #sendChunk(channel: ChannelId, download: Download): Promise<boolean> {
    const wanted = Math.min(CHUNK_BYTES, download.lengthBytes - download.sentBytes)
    const buffer = Buffer.allocUnsafe(wanted)
    const { bytesRead } = await download.file.read(
      buffer,
      0,
      wanted,
      download.position + download.sentBytes,
    )
    if (this.#open.get(channel) !== download) return false
    if (bytesRead > 0) {
      download.sentBytes += bytesRead
      download.client.sendBinary(channel, buffer.subarray(0, bytesRead))
    }
    if (bytesRead > 0 && download.sentBytes < download.lengthBytes) return true
    download.client.notify('download_finished', { channel, sentBytes: download.sentBytes })
    await this.#release(channel)
    return false
  }

  async #release(channel: ChannelId): Promise<void> {
    const download = this.#open.get(channel)
    if (!download) return
    this.#open.delete(channel)
    this.#channels.close(channel)
    await download.file.close()
  }
}

function refuse(): never {
  throw new CodedError<ErrorCode>('bad_message', 'a download takes no bytes')
}

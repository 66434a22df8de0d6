import { createHash, randomUUID } from 'node:crypto'
import { createReadStream } from 'node:fs'
import {
  type FileHandle,
  mkdir,
  open,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  writeFile,
} from 'node:fs/promises'
import { dirname, join } from 'node:path'

import { z } from 'zod'

import type { RequestOf } from '../../messages/define.ts'
import type { ErrorCode } from '../../messages/errors.ts'
import type { fileRequests } from '../../messages/files.ts'
import type { ChannelId } from '../../messages/ids.ts'
import { CodedError } from '../../util/coded-error.ts'
import type { Channels, LocalClient } from '../client.ts'
import { atPath, fileError } from './file-error.ts'
import { type OnConflict, place, renameToFree, resolveNew } from './operations.ts'
import { SALVUS_FOLDER } from './project-path.ts'

/**
 * Uploads. What has arrived is kept in `.salvus/uploads/ID.part` beside a description, so that an interrupted one
 * goes on where it stopped, after a reconnect or days later; the file appears whole, at the end.
 *
 *     opened --chunk--> receiving --finish--> placed
 *        ^                  |  \--cancel--> removed
 *        +---- reopened ----+---- client left, failed: kept for UPLOAD_KEPT_MS
 */
const UPLOADS = `${SALVUS_FOLDER}/uploads`

/** An upload that nobody went on with for this long is removed: a week. */
const UPLOAD_KEPT_MS = 7 * 24 * 3_600_000

/** A file that can be uploaded through a browser, in bytes: 64 GiB, so that a wrong number is refused at once. */
const UPLOAD_BYTES_MAX = 64 * 1024 ** 3

const description = z.object({ path: z.string(), sizeBytes: z.int().min(0) })
const uploadIdPattern = /^[0-9a-f-]{36}$/

interface Upload {
  readonly uploadId: string
  readonly client: LocalClient
  readonly path: string
  readonly sizeBytes: number
  readonly conflict: OnConflict
  readonly file: FileHandle
  receivedBytes: number
  /** Chunks are written one after another, in the order in which they came. */
  writing: Promise<void>
  failed: CodedError | undefined
}

export class Uploads {
  readonly #projectDir: string
  readonly #channels: Channels
  readonly #open = new Map<ChannelId, Upload>()

  constructor(projectDir: string, channels: Channels) {
    this.#projectDir = projectDir
    this.#channels = channels
  }

  /** @throws CodedError `too_large`, `exists`, `outside_project`, `conflict` where the upload is open elsewhere */
  async begin(
    request: RequestOf<typeof fileRequests, 'open_upload'>,
    client: LocalClient,
  ): Promise<{ channel: ChannelId; uploadId: string; offset: number }> {
    if (request.sizeBytes > UPLOAD_BYTES_MAX) {
      throw new CodedError<ErrorCode>(
        'too_large',
        `"${request.path}" has ${request.sizeBytes} bytes; the limit is ${UPLOAD_BYTES_MAX}`,
      )
    }
    const target = await resolveNew(this.#projectDir, request.path)
    if (request.onConflict === 'refuse') await this.#assertFree(target.absolute, request.path)
    const { uploadId, receivedBytes } = await this.#resumeOrCreate(request)
    const file = await atPath(request.path, () => open(this.#part(uploadId), 'a', 0o600))
    const upload: Upload = {
      uploadId,
      client,
      path: request.path,
      sizeBytes: request.sizeBytes,
      conflict: request.onConflict,
      file,
      receivedBytes,
      writing: Promise.resolve(),
      failed: undefined,
    }
    const channel = this.#channels.open({
      receive: (sender, payload) => this.#receive(channel, sender, payload),
    })
    this.#open.set(channel, upload)
    client.left.addEventListener('abort', () => void this.#release(channel), { once: true })
    return { channel, uploadId, offset: receivedBytes }
  }

  /** @throws CodedError `not_found`, `bad_value` where bytes are missing or the hash differs, `exists`, `disk_full` */
  async finish(
    channel: ChannelId,
    client: LocalClient,
    sha256: string | undefined,
  ): Promise<string> {
    const upload = this.#find(channel, client)
    await upload.writing
    if (upload.failed) throw upload.failed
    if (upload.receivedBytes !== upload.sizeBytes) {
      throw new CodedError<ErrorCode>(
        'bad_value',
        `"${upload.path}": ${upload.receivedBytes} of ${upload.sizeBytes} bytes have arrived`,
      )
    }
    const part = this.#part(upload.uploadId)
    await atPath(upload.path, () => upload.file.sync())
    if (sha256 !== undefined && (await hashOf(part)) !== sha256) {
      await this.cancel(channel, client)
      throw new CodedError<ErrorCode>(
        'bad_value',
        `"${upload.path}" was changed on the way: its SHA-256 differs. Upload it again`,
      )
    }
    const target = await resolveNew(this.#projectDir, upload.path)
    const path = await place(target, upload.conflict, (absolute, mayReplace) =>
      atPath(upload.path, () =>
        mayReplace ? rename(part, absolute) : renameToFree(part, absolute),
      ),
    )
    await this.#release(channel)
    await rm(this.#description(upload.uploadId), { force: true })
    return path
  }

  async cancel(channel: ChannelId, client: LocalClient): Promise<void> {
    const { uploadId } = this.#find(channel, client)
    await this.#release(channel)
    await this.#remove(uploadId)
  }

  async close(): Promise<void> {
    await Promise.all([...this.#open.keys()].map((channel) => this.#release(channel)))
  }

  /** Removes what nobody went on with; at the start of the local hub. */
  async removeStale(nowMs: number): Promise<void> {
    const names = await readdir(join(this.#projectDir, UPLOADS)).catch(() => [])
    for (const name of names.filter((each) => each.endsWith('.part'))) {
      const stats = await stat(join(this.#projectDir, UPLOADS, name))
      if (nowMs - stats.mtimeMs > UPLOAD_KEPT_MS) await this.#remove(name.slice(0, -'.part'.length))
    }
  }

  #receive(channel: ChannelId, sender: LocalClient, payload: Uint8Array): void {
    const upload = this.#find(channel, sender)
    if (upload.failed) return
    upload.writing = upload.writing.then(() => this.#write(channel, upload, payload))
  }

  async #write(channel: ChannelId, upload: Upload, payload: Uint8Array): Promise<void> {
    if (upload.failed) return
    try {
      if (upload.receivedBytes + payload.length > upload.sizeBytes) {
        throw new CodedError<ErrorCode>(
          'too_large',
          `"${upload.path}": more than the announced ${upload.sizeBytes} bytes came`,
        )
      }
      await upload.file.appendFile(payload)
      upload.receivedBytes += payload.length
      upload.client.notify('upload_progress', { channel, receivedBytes: upload.receivedBytes })
    } catch (error) {
      const failure = fileError(upload.path, error)
      upload.failed = failure
      // What was written in part would be resumed at a wrong place: back to the last whole chunk.
      await upload.file.truncate(upload.receivedBytes)
      upload.client.notify('upload_failed', {
        channel,
        code: failure.code,
        message: failure.message,
      })
    }
  }

  #find(channel: ChannelId, client: LocalClient): Upload {
    const upload = this.#open.get(channel)
    if (upload?.client !== client)
      throw new CodedError<ErrorCode>('not_found', `there is no upload on channel ${channel}`)
    return upload
  }

  async #assertFree(absolute: string, path: string): Promise<void> {
    const taken = await stat(absolute).then(
      () => true,
      () => false,
    )
    if (taken) throw new CodedError<ErrorCode>('exists', `"${path}" is there already`)
  }

  async #resumeOrCreate(
    request: RequestOf<typeof fileRequests, 'open_upload'>,
  ): Promise<{ uploadId: string; receivedBytes: number }> {
    const { uploadId } = request
    if (uploadId !== undefined && uploadIdPattern.test(uploadId)) {
      if ([...this.#open.values()].some((upload) => upload.uploadId === uploadId)) {
        throw new CodedError<ErrorCode>(
          'conflict',
          `the upload of "${request.path}" goes on in another tab`,
        )
      }
      const receivedBytes = await this.#receivedOf(uploadId, request)
      if (receivedBytes !== undefined) return { uploadId, receivedBytes }
    }
    return { uploadId: await this.#create(request), receivedBytes: 0 }
  }

  /** Undefined where there is nothing to go on with: unknown, or of another file. */
  async #receivedOf(
    uploadId: string,
    file: { path: string; sizeBytes: number },
  ): Promise<number | undefined> {
    try {
      const known = description.parse(
        JSON.parse(await readFile(this.#description(uploadId), 'utf8')),
      )
      if (known.path !== file.path || known.sizeBytes !== file.sizeBytes) return undefined
      const { size } = await stat(this.#part(uploadId))
      return size <= file.sizeBytes ? size : undefined
    } catch {
      // Nothing usable was kept: the upload begins again, which loses no more than time.
      return undefined
    }
  }

  async #create({ path, sizeBytes }: { path: string; sizeBytes: number }): Promise<string> {
    const uploadId = randomUUID()
    await atPath(path, async () => {
      await mkdir(dirname(this.#part(uploadId)), { recursive: true, mode: 0o700 })
      await writeFile(this.#description(uploadId), JSON.stringify({ path, sizeBytes }))
    })
    return uploadId
  }

  async #release(channel: ChannelId): Promise<void> {
    const upload = this.#open.get(channel)
    if (!upload) return
    this.#open.delete(channel)
    this.#channels.close(channel)
    await upload.writing
    await upload.file.close()
  }

  async #remove(uploadId: string): Promise<void> {
    await rm(this.#part(uploadId), { force: true })
    await rm(this.#description(uploadId), { force: true })
  }

  #part(uploadId: string): string {
    return join(this.#projectDir, UPLOADS, `${uploadId}.part`)
  }

  #description(uploadId: string): string {
    return join(this.#projectDir, UPLOADS, `${uploadId}.json`)
  }
}

async function hashOf(absolute: string): Promise<string> {
  const hash = createHash('sha256')
  for await (const chunk of createReadStream(absolute)) hash.update(chunk as Buffer)
  return hash.digest('hex')
}

import type { ChannelId } from '../../messages/ids.ts'
import { CHUNK_BYTES, WINDOW_BYTES } from '../../messages/limits.ts'
import type { ProjectConnection } from '../connection/project-connection.ts'
import { RequestError } from '../connection/request-error.ts'

/** Nothing was acknowledged for so long: the upload is broken off and resumed. */
const STALL_MS = 15_000

interface SendOptions {
  readonly project: ProjectConnection
  readonly channel: ChannelId
  readonly file: Blob
  /** How much the other side has already. */
  readonly offset: number
  readonly signal: AbortSignal
  readonly onProgress: (receivedBytes: number) => void
}

/**
 * Sends a file on the channel of an upload, at most WINDOW_BYTES ahead of what was acknowledged, and resolves when
 * all has arrived. Reads one chunk at a time: the file is never in memory as a whole.
 */
export async function sendFile(options: SendOptions): Promise<void> {
  const { project, channel, file, signal } = options
  const opened = project.openChannel(channel, () => undefined)
  const acknowledgement = new Acknowledgement(options)
  try {
    for (let at = options.offset; at < file.size;) {
      const end = Math.min(at + CHUNK_BYTES, file.size)
      await acknowledgement.reach(end - WINDOW_BYTES)
      signal.throwIfAborted()
      const chunk = await file.slice(at, end).arrayBuffer()
      opened.send(new Uint8Array(chunk))
      at = end
    }
    await acknowledgement.reach(file.size)
  } finally {
    acknowledgement.close()
    opened.close()
  }
}

/** How much has arrived, and the wait for more; fails with the upload, the route, or the caller's signal. */
class Acknowledgement {
  #receivedBytes: number
  #failure: Error | undefined
  #wake: () => void = () => undefined
  readonly #stops: (() => void)[]

  constructor({ project, channel, offset, signal, onProgress }: SendOptions) {
    this.#receivedBytes = offset
    const fail = (reason: unknown): void => {
      this.#failure ??= reason instanceof Error ? reason : new Error(String(reason))
      this.#wake()
    }
    const abort = (): void => fail(signal.reason)
    signal.addEventListener('abort', abort)
    this.#stops = [
      () => signal.removeEventListener('abort', abort),
      project.on('upload_progress', (progress) => {
        if (progress.channel !== channel) return
        this.#receivedBytes = progress.receivedBytes
        onProgress(progress.receivedBytes)
        this.#wake()
      }),
      project.on('upload_failed', (failure) => {
        if (failure.channel === channel) fail(new UploadRefused(failure.message))
      }),
      project.state.subscribe(() => {
        if (project.state.get().kind !== 'open')
          fail(new RequestError('closed', 'The connection to the project was lost.'))
      }),
    ]
  }

  async reach(bytes: number): Promise<void> {
    while (this.#receivedBytes < bytes) {
      if (this.#failure !== undefined) throw this.#failure
      await this.#nextEvent()
    }
    if (this.#failure !== undefined) throw this.#failure
  }

  close(): void {
    for (const stop of this.#stops) stop()
  }

  #nextEvent(): Promise<void> {
    return new Promise((resolve, reject) => {
      const late = setTimeout(
        () => reject(new RequestError('deadline', 'The upload stands still.')),
        STALL_MS,
      )
      this.#wake = () => {
        clearTimeout(late)
        resolve()
      }
    })
  }
}

/** The other side can't take this file: sending it again would fail again. */
export class UploadRefused extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'UploadRefused'
  }
}

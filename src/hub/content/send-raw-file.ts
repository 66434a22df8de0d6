import type { Request, Response } from 'express'

import type { ChannelId } from '../../messages/ids.ts'
import type { ProjectClient } from '../http/raw-files.ts'
import { refusal } from '../refuse.ts'
import { attachment, contentTypeOf } from './content-type.ts'
import { parseRange } from './range.ts'

/** Pages of users may run scripts, in an origin that is nobody's: no cookie, no storage, no other page. */
const RAW_POLICY = 'sandbox allow-scripts allow-forms allow-popups allow-modals'

/** No piece of a file for so long: the download is cut off. */
const STALLED_MS = 60_000

/** Streams a file of a project, whole or a range of it, as fast as the browser takes it. */
export async function sendRawFile(
  client: ProjectClient,
  what: {
    readonly request: Request
    readonly response: Response
    readonly path: string
    readonly download: boolean
  },
): Promise<void> {
  const { request, response, path } = what
  const { entry } = await client.request('stat_file', { path })
  if (entry.kind !== 'file' && entry.target !== 'file') {
    throw refusal('not_a_file', 'This is no file.')
  }
  const range = parseRange(request.headers.range, entry.sizeBytes)
  if (range === 'unsatisfiable') {
    response.status(416).setHeader('Content-Range', `bytes */${entry.sizeBytes}`).end()
    return
  }
  const chunks = new Chunks(client)
  const opened = await client.request('open_download', {
    path,
    ...(range === undefined ? {} : { offset: range.start, lengthBytes: range.length }),
  })
  const cancel = () => client.request('cancel_download', { channel: opened.channel })
  writeHead(what, { etag: opened.etag, modifiedMs: opened.modifiedMs })
  if (request.fresh && range === undefined) {
    await cancel()
    response.status(304).end()
    return
  }
  const length = range?.length ?? opened.sizeBytes
  response.setHeader('Content-Length', length)
  if (range !== undefined) {
    response.status(206)
    const last = range.start + range.length - 1
    response.setHeader('Content-Range', `bytes ${range.start}-${last}/${entry.sizeBytes}`)
  }
  if (request.method === 'HEAD' || length === 0) {
    await cancel()
    response.end()
    return
  }
  await chunks.pipe(response, { channel: opened.channel, length })
}

function writeHead(
  { response, path, download }: { response: Response; path: string; download: boolean },
  file: { readonly etag: string; readonly modifiedMs: number },
): void {
  const type = contentTypeOf(path)
  response.setHeader('Content-Security-Policy', policyOf(type))
  response.setHeader('Content-Type', type ?? 'application/octet-stream')
  if (download || type === undefined) response.setHeader('Content-Disposition', attachment(path))
  response.setHeader('Accept-Ranges', 'bytes')
  response.setHeader('Cache-Control', 'private, no-cache')
  response.setHeader('ETag', /^(W\/)?"/.test(file.etag) ? file.etag : `"${file.etag}"`)
  response.setHeader('Last-Modified', new Date(file.modifiedMs).toUTCString())
}

/** A PDF shows nothing in a sandbox, because the viewer is a plug-in of the browser; it has no scripts of a page. */
function policyOf(type: string | undefined): string {
  return type === 'application/pdf' ? "default-src 'none'; object-src 'self'" : RAW_POLICY
}

/** The chunks of one download, in order; what the sender may be ahead is bounded by the acknowledgements. */
class Chunks {
  readonly #client: ProjectClient
  readonly #queue: Uint8Array[] = []
  #channel: number | undefined
  #failure: Error | undefined
  #wake: () => void = () => undefined

  constructor(client: ProjectClient) {
    this.#client = client
    client.listen({
      onChunk: (channel, payload) => {
        if (this.#channel === undefined || channel === this.#channel) this.#queue.push(payload)
        this.#wake()
      },
      onNotice: (event, body) => {
        if (event === 'download_failed' && 'message' in body) this.#fail(body.message)
      },
    })
    client.closed.addEventListener('abort', () => this.#fail('the project was closed'))
  }

  async pipe(
    response: Response,
    { channel, length }: { readonly channel: ChannelId; readonly length: number },
  ): Promise<void> {
    this.#channel = channel
    let received = 0
    while (received < length) {
      const chunk = await this.#next(response)
      if (response.destroyed) return
      received += chunk.length
      if (!response.write(chunk)) await drainedOrClosed(response)
      this.#client.notify('acknowledge_download', { channel, receivedBytes: received })
    }
    response.end()
  }

  async #next(response: Response): Promise<Uint8Array> {
    for (;;) {
      const chunk = this.#queue.shift()
      if (chunk !== undefined) return chunk
      if (this.#failure !== undefined) throw this.#failure
      if (response.destroyed) return new Uint8Array()
      await this.#arrival(response)
    }
  }

  #arrival(response: Response): Promise<void> {
    return new Promise((resolve, reject) => {
      const stalled = () => reject(new Error(`no piece of a file came for ${STALLED_MS} ms`))
      const timer = setTimeout(stalled, STALLED_MS)
      const done = (): void => {
        clearTimeout(timer)
        response.off('close', done)
        resolve()
      }
      this.#wake = done
      response.once('close', done)
    })
  }

  #fail(message: string): void {
    this.#failure ??= refusal('closed', message)
    this.#wake()
  }
}

/** Leaves no listener behind: a long download waits some thousand times. */
function drainedOrClosed(response: Response): Promise<void> {
  if (response.destroyed) return Promise.resolve()
  return new Promise((resolve) => {
    const done = (): void => {
      response.off('drain', done).off('close', done)
      resolve()
    }
    response.once('drain', done).once('close', done)
  })
}

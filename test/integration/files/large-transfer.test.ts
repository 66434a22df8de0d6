import { stat, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import { expect, test } from 'vitest'

import { createFileArea } from '../../../src/local-hub/files/file-area.ts'
import type { FileArea } from '../../../src/local-hub/files/file-area.ts'
import type { ChannelId } from '../../../src/messages/ids.ts'
import { CHUNK_BYTES, WINDOW_BYTES } from '../../../src/messages/limits.ts'
import { TestChannels, TestClient } from '../../support/local-clients.ts'
import { longTest } from '../../support/long.ts'
import { temporaryDirectory } from '../../support/temporary-directory.ts'

const MEBIBYTE = 1024 ** 2

/** Memory that a transfer may add, whatever the size of the file. */
const GROWTH_BYTES_MAX = 150 * MEBIBYTE

/** Counts what it gets, keeps nothing, and acknowledges at once. */
class SinkClient extends TestClient {
  receivedBytes = 0
  acknowledge: ((channel: ChannelId, receivedBytes: number) => void) | undefined

  override sendBinary(channel: ChannelId, payload: Uint8Array): void {
    this.receivedBytes += payload.length
    this.acknowledge?.(channel, this.receivedBytes)
  }

  /** Only the newest progress: a large upload has thousands. */
  override notify(event: string, body: unknown): void {
    this.notices.length = 0
    super.notify(event, body)
  }

  progressBytes(): number {
    const body = this.notices.at(-1)?.body
    return typeof body === 'object' && body !== null && 'receivedBytes' in body
      ? Number(body.receivedBytes)
      : 0
  }
}

test('an upload and a download of 100 MB take no 100 MB of memory', () =>
  transferBothWays(100 * MEBIBYTE))

longTest('an upload and a download of 2 GB take no 2 GB of memory', 300_000, () =>
  transferBothWays(2048 * MEBIBYTE),
)

async function transferBothWays(sizeBytes: number): Promise<void> {
  const projectDir = await temporaryDirectory()
  const channels = new TestChannels()
  await using area = await createFileArea({
    projectDir,
    channels,
    onMoved: () => undefined,
    onWatchError: () => undefined,
  })
  const beforeBytes = process.memoryUsage.rss()
  const uploaded = await upload({ area, channels, sizeBytes })
  expect((await stat(join(projectDir, 'up.bin'))).size).toBe(sizeBytes)
  expect(uploaded - beforeBytes).toBeLessThan(GROWTH_BYTES_MAX)

  await writeFile(join(projectDir, 'down.bin'), '')
  await truncate(join(projectDir, 'down.bin'), sizeBytes)
  const downloaded = await download(area, sizeBytes)
  expect(downloaded - beforeBytes).toBeLessThan(GROWTH_BYTES_MAX)
}

/** Returns the most memory that was seen, in bytes. */
async function upload(options: {
  readonly area: FileArea
  readonly channels: TestChannels
  readonly sizeBytes: number
}): Promise<number> {
  const { area, channels, sizeBytes } = options
  const client = new SinkClient(1)
  const request = { path: 'up.bin', sizeBytes, onConflict: 'refuse' } as const
  const { channel } = await area.handlers.open_upload(request, client)
  let mostBytes = 0
  for (let sentBytes = 0; sentBytes < sizeBytes; sentBytes += CHUNK_BYTES) {
    await client.until(() => sentBytes - client.progressBytes() < WINDOW_BYTES)
    channels.receive(channel, client, new Uint8Array(CHUNK_BYTES))
    mostBytes = Math.max(mostBytes, process.memoryUsage.rss())
  }
  await client.until(() => client.progressBytes() === sizeBytes)
  await area.handlers.finish_upload({ channel }, client)
  return mostBytes
}

async function download(area: FileArea, sizeBytes: number): Promise<number> {
  const client = new SinkClient(2)
  let mostBytes = 0
  client.acknowledge = (channel, receivedBytes) => {
    mostBytes = Math.max(mostBytes, process.memoryUsage.rss())
    area.noticeHandlers.acknowledge_download({ channel, receivedBytes }, client)
  }
  await area.handlers.open_download({ path: 'down.bin' }, client)
  await client.until(() => client.notices.at(-1)?.event === 'download_finished', 240_000)
  expect(client.receivedBytes).toBe(sizeBytes)
  return mostBytes
}

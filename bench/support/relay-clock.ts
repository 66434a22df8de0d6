import type { CDPSession, Page } from 'playwright-core'

import { decodeBinaryFrame, decodeChannelBody } from '../../src/messages/frames.ts'
import type { Edit } from '../../src/sync/edit.ts'
import { replacements } from '../../src/sync/replacements.ts'
import { decodeClientMessage } from '../../src/sync/wire-client.ts'
import { decodeOwnerMessage } from '../../src/sync/wire-owner.ts'

/** Bytes on a websocket, and not text. */
const BINARY_OPCODE = 2

/**
 * The milliseconds at which each digit left (`sent`) or reached (`received`) a page in a frame of its websocket. The
 * browser stamps frames with the machine's monotonic clock, which is the same in all browsers.
 */
export async function recordFrames(
  page: Page,
  direction: 'sent' | 'received',
): Promise<() => number[]> {
  const session: CDPSession = await page.context().newCDPSession(page)
  await session.send('Network.enable')
  const times: number[] = []
  const name =
    direction === 'sent' ? 'Network.webSocketFrameSent' : 'Network.webSocketFrameReceived'
  session.on(name, ({ timestamp, response }) => {
    if (response.opcode !== BINARY_OPCODE) return
    const { body } = decodeBinaryFrame(Buffer.from(response.payloadData, 'base64'))
    const { payload } = decodeChannelBody(body)
    const edits = direction === 'sent' ? editsSent(payload) : editsReceived(payload)
    for (let left = digitsOf(edits); left > 0; left--) times.push(timestamp * 1000)
  })
  return () => times
}

/** The same stamping for a peer of which the frames are not read: its price is paid by both. */
export async function stampFrames(page: Page): Promise<void> {
  const session = await page.context().newCDPSession(page)
  await session.send('Network.enable')
}

function editsSent(payload: Uint8Array): readonly Edit[] {
  const message = decodeClientMessage(payload)
  return message?.kind === 'edit' ? [message.edit] : []
}

function editsReceived(payload: Uint8Array): readonly Edit[] {
  const message = decodeOwnerMessage(payload)
  return message?.kind === 'items' ? message.items.map(({ edit }) => edit) : []
}

function digitsOf(edits: readonly Edit[]): number {
  let count = 0
  for (const op of edits.flat()) {
    if (op[0] !== 't') continue
    for (const { inserted } of replacements(op[2]))
      count += inserted.toString().replaceAll(/\D/g, '').length
  }
  return count
}

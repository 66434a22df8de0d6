import { mkdtempSync, rmSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { z } from 'zod'

import { decodeFrame, encodeFrameHead } from '../../../../src/daemon/links/frame.ts'
import type { LinkFrame } from '../../../../src/daemon/links/frame.ts'
import { createLinkPeer } from '../../../../src/daemon/links/link-peer.ts'
import { LinkServer } from '../../../../src/daemon/links/link-server.ts'
import type { Link } from '../../../../src/daemon/links/link.ts'
import { openLink } from '../../../../src/daemon/links/open-link.ts'
import { silentLogger } from '../../../../src/daemon/logging.ts'
import { defineNotice, defineRequest } from '../../../../src/messages/define.ts'
import { LINK_BINARY, LINK_CONTROL, LINK_TEXT } from '../../../../src/messages/hub-local-hub.ts'
import { LINK_FRAME_BYTES_MAX } from '../../../../src/messages/limits.ts'
import {
  PROTOCOL_VERSION,
  PROTOCOL_VERSION_OLDEST as OLDEST,
} from '../../../../src/messages/version.ts'
import { CodedError } from '../../../../src/util/coded-error.ts'

const SECRET = 'ab'.repeat(32)
const HELLO = { subject: 'project', hubId: 'hub', epoch: 1, secret: SECRET }

describe('frames of a link', () => {
  it('come back as they were, with clients and payload', () => {
    const payload = Uint8Array.of(1, 2, 3)
    const head = encodeFrameHead(LINK_BINARY, [1, 300, 70_000], payload.length)
    expect(decodeFrame(Buffer.concat([head.subarray(4), payload]))).toEqual({
      kind: LINK_BINARY,
      clients: [1, 300, 70_000],
      payload: Buffer.from(payload),
    })
  })

  it.each([
    ['nothing', []],
    ['a kind alone', [1]],
    ['more clients than bytes', [1, 200, 1, 0]],
    ['a count that never ends', [1, 255, 255, 255, 255, 255, 255, 255, 255, 255]],
    ['a cut client', [1, 2, 5, 0x80]],
  ])('are refused when they hold %s', (_, bytes) => {
    expect(() => decodeFrame(Uint8Array.from(bytes))).toThrow(
      expect.objectContaining({ code: 'bad_message' }),
    )
  })

  it('are refused before they are sent when they are too large', () => {
    expect(() => encodeFrameHead(LINK_BINARY, [1], LINK_FRAME_BYTES_MAX)).toThrow(
      expect.objectContaining({ code: 'too_large' }),
    )
  })
})

describe('a link', () => {
  let dir = ''
  let address = ''
  let server: LinkServer | undefined
  const accepted: Link[] = []
  let onLink: (link: Link) => void = () => undefined

  beforeEach(async () => {
    dir = mkdtempSync(join(tmpdir(), 'salvus-link-'))
    address = `unix:${dir}/link.sock`
    server = await LinkServer.listen({
      address,
      secret: SECRET,
      logger: silentLogger(),
      check: ({ subject, epoch }) => {
        if (subject !== 'project') throw new CodedError('not_found', 'another project')
        if (epoch < 1) throw new CodedError('conflict', 'an older epoch')
      },
      onAccepted: (link) => {
        accepted.push(link)
        onLink(link)
      },
    })
  })

  afterEach(async () => {
    await server?.[Symbol.asyncDispose]()
    rmSync(dir, { recursive: true, force: true })
    accepted.length = 0
    onLink = () => undefined
  })

  it('carries text and binary frames both ways, in order', async () => {
    onLink = (link) => {
      link.onFrame = (frame) => link.send(frame.kind, frame.clients, frame.payload)
    }
    const frames = await new Promise<LinkFrame[]>((resolve, reject) => {
      const got: LinkFrame[] = []
      openLink(address, HELLO, (link) => {
        link.onFrame = (frame) => {
          got.push({ ...frame, payload: Buffer.from(frame.payload) })
          if (got.length === 3) resolve(got)
        }
        link.send(LINK_TEXT, [7], Buffer.from('{"a":1}'))
        link.send(LINK_BINARY, [7, 8], Buffer.alloc(3_000_000, 5))
        link.send(LINK_CONTROL, [], Buffer.from('{}'))
      }).catch(reject)
    })
    const large = Buffer.alloc(3_000_000, 5)
    expect(
      frames.map(({ kind, clients, payload }) => [
        kind,
        clients,
        payload.length < 100 ? String(payload) : Buffer.compare(payload, large),
      ]),
    ).toEqual([
      [LINK_TEXT, [7], '{"a":1}'],
      [LINK_BINARY, [7, 8], 0],
      [LINK_CONTROL, [], '{}'],
    ])
  })

  it('counts what was sent in this turn as queued, and still writes it where it is closed at once', async () => {
    const received = new Promise<string[]>((resolve) => {
      onLink = (link) => {
        const got: string[] = []
        link.onFrame = ({ payload }) => got.push(String(Buffer.from(payload)))
        link.closed.addEventListener('abort', () => resolve(got))
      }
    })
    const link = await openLink(address, HELLO, () => undefined)
    const before = link.queuedBytes
    link.send(LINK_TEXT, [1], Buffer.from('first'))
    link.send(LINK_TEXT, [1], Buffer.from('second'))
    expect(link.queuedBytes - before).toBeGreaterThanOrEqual('first'.length + 'second'.length)
    link.close('done')
    link.send(LINK_TEXT, [1], Buffer.from('after'))
    expect(await received).toEqual(['first', 'second'])
  })

  it('keeps each of many frames as it was, however they were gathered', async () => {
    const echoed = new Promise<number[]>((resolve, reject) => {
      onLink = (link) => {
        link.onFrame = (frame) => link.send(frame.kind, frame.clients, frame.payload)
      }
      const got: Uint8Array[] = []
      openLink(address, HELLO, (link) => {
        link.onFrame = ({ payload }) => {
          got.push(payload)
          // Looked at when all are there: none may lie in memory that is read into again.
          if (got.length === 400) {
            resolve(
              got.map((each, n) => (each.every((byte) => byte === n % 251) ? each.length : -1)),
            )
          }
        }
        for (let n = 0; n < 400; n++)
          link.send(LINK_BINARY, [1], new Uint8Array(n * 7).fill(n % 251))
      }).catch(reject)
    })
    expect(await echoed).toEqual(Array.from({ length: 400 }, (_, n) => n * 7))
  })

  it('hands on a large frame that comes with the end of the handshake', async () => {
    onLink = (link) => link.send(LINK_BINARY, [1], Buffer.alloc(50_000, 1))
    const frame = await new Promise<LinkFrame>((resolve, reject) => {
      openLink(address, HELLO, (link) => {
        link.onFrame = resolve
      }).catch(reject)
    })
    expect(frame.payload.length).toBe(50_000)
  })

  it.each([
    ['another secret', { secret: 'cd'.repeat(32) }, 'forbidden'],
    ['another subject', { subject: 'other' }, 'not_found'],
    ['an older epoch', { epoch: 0 }, 'conflict'],
  ])('is refused with %s, and says why', async (_, change, code) => {
    await expect(openLink(address, { ...HELLO, ...change }, () => undefined)).rejects.toMatchObject(
      { code },
    )
    expect(accepted).toEqual([])
  })

  const helloOf = (version: number): Buffer => {
    const hello = { event: 'hello', version, nonce: '00'.repeat(32), subject: 'project' }
    const payload = Buffer.from(JSON.stringify({ ...hello, hubId: 'h', epoch: 1 }))
    return Buffer.concat([encodeFrameHead(LINK_CONTROL, [], payload.length), payload])
  }

  it.each([
    ['goes on with an opener of the oldest version that is served', 0, '"challenge"'],
    ['goes on with one of the next version', 1 + PROTOCOL_VERSION - OLDEST, '"challenge"'],
    ['tells an older opener that it is too old', -1, '"code":"old_version"'],
  ])('%s', async (_, difference, answered) => {
    const answer = await hostile(address, (socket) => {
      // What ends the handshake of those that were let in.
      socket.write(Buffer.concat([helloOf(OLDEST + difference), helloOf(OLDEST)]))
    })
    expect(answer).toContain(answered)
  })

  it('refuses a listener that is too old, and goes on with one of the oldest version', async () => {
    for (const [version, code] of [
      [OLDEST - 1, 'old_version'],
      [OLDEST, 'forbidden'],
    ] as const) {
      const path = join(dir, `old-${version}.sock`)
      const challenge = {
        event: 'challenge',
        version,
        nonce: '00'.repeat(32),
        proof: '00'.repeat(32),
      }
      const payload = Buffer.from(JSON.stringify(challenge))
      const old = createServer((socket) => {
        socket.on('error', () => socket.destroy()).resume()
        socket.write(Buffer.concat([encodeFrameHead(LINK_CONTROL, [], payload.length), payload]))
      })
      await new Promise<void>((resolve) => old.listen(path, resolve))
      await expect(openLink(`unix:${path}`, HELLO, () => undefined)).rejects.toMatchObject({ code })
      await new Promise((resolve) => old.close(resolve))
    }
  })

  it('is refused to an opener that does not know the secret, whatever it says', async () => {
    const answer = await hostile(address, (socket) => {
      const hello = {
        event: 'hello',
        version: PROTOCOL_VERSION,
        nonce: '00'.repeat(32),
        subject: 'project',
        hubId: 'h',
        epoch: 1,
      }
      for (const message of [hello, { event: 'proof', proof: '00'.repeat(32) }]) {
        const payload = Buffer.from(JSON.stringify(message))
        socket.write(encodeFrameHead(LINK_CONTROL, [], payload.length))
        socket.write(payload)
      }
    })
    expect(answer).toContain('"code":"forbidden"')
    expect(accepted).toEqual([])
  })

  it.each([
    ['a huge length', Buffer.from([0xff, 0xff, 0xff, 0xff])],
    [
      'a frame larger than a handshake',
      Buffer.concat([Buffer.from([0, 1, 0, 0]), Buffer.alloc(100)]),
    ],
    ['an HTTP request', Buffer.from('GET / HTTP/1.1\r\n\r\n')],
    ['a binary frame', Buffer.from([0, 0, 0, 3, 2, 1, 1])],
    ['no JSON', Buffer.from([0, 0, 0, 3, 0, 0, 0x7b])],
  ])('is closed on %s before anything is kept', async (_, bytes) => {
    await hostile(address, (socket) => socket.write(bytes))
    expect(accepted).toEqual([])
  })

  it('closes on both sides when one closes, with the reason where it was', async () => {
    const link = await openLink(address, HELLO, () => undefined)
    const other = accepted[0]
    const closed = new Promise<void>((resolve) => {
      other?.closed.addEventListener('abort', () => resolve())
    })
    link.close('done')
    await closed
    expect(String(link.closed.reason)).toBe('Error: done')
  })

  it('answers requests, refuses with codes, and fails what waits when it closes', async () => {
    const table = {
      double: defineRequest('public', { value: z.int() }, { value: z.int() }),
      refuse: defineRequest('public', {}, {}),
      wait: defineRequest('public', {}, {}),
    }
    const notices = { told: defineNotice('public', { text: z.string() }) }
    const told: string[] = []
    onLink = (link) => {
      const peer = createLinkPeer({
        link,
        logger: silentLogger(),
        asked: table,
        handlers: {
          double: ({ value }) => ({ value: value * 2 }),
          refuse: () => {
            throw new CodedError('exists', 'it exists')
          },
          wait: () => new Promise<Record<string, never>>(() => undefined),
        },
        asks: {},
        notices,
        noticeHandlers: { told: ({ text }) => void told.push(text) },
      })
      link.onFrame = (frame) => peer.receive(frame.payload)
    }
    const link = await openLink(address, HELLO, () => undefined)
    const peer = createLinkPeer({
      link,
      logger: silentLogger(),
      asked: {},
      handlers: {},
      asks: table,
      notices: {},
      noticeHandlers: {},
    })
    link.onFrame = (frame) => peer.receive(frame.payload)
    link.sendControl(JSON.stringify({ event: 'told', text: 'hi' }))
    expect(await peer.request('double', { value: 21 })).toEqual({ value: 42 })
    expect(told).toEqual(['hi'])
    await expect(peer.request('refuse', {})).rejects.toMatchObject({ code: 'exists' })
    await expect(peer.request('wait', {}, 20)).rejects.toMatchObject({ code: 'deadline' })
    const waiting = peer.request('wait', {})
    accepted[0]?.close('gone')
    await expect(waiting).rejects.toMatchObject({ code: 'closed' })
  })
})

/** Sends bytes as they are and returns all that came back until the other side closed. */
function hostile(
  address: string,
  send: (socket: ReturnType<typeof connect>) => void,
): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(address.slice('unix:'.length))
    let answer = ''
    socket.on('data', (chunk) => {
      answer += chunk.toString('latin1')
    })
    socket.on('error', reject)
    socket.on('close', () => resolve(answer))
    socket.on('connect', () => send(socket))
  })
}

import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import type { z } from 'zod'

import type { ErrorCode } from '../../messages/errors.ts'
import { errorAnswer } from '../../messages/errors.ts'
import { handshake, LINK_CONTROL, LINK_HANDSHAKE_MS } from '../../messages/hub-local-hub.ts'
import { parseJson } from '../../messages/parse-json.ts'
import { PROTOCOL_VERSION, PROTOCOL_VERSION_OLDEST } from '../../messages/version.ts'
import { CodedError } from '../../util/coded-error.ts'
import type { LinkFrame } from './frame.ts'
import type { Link } from './link.ts'

/*
 *   opener                                   listener
 *     hello     version, nonce, subject  ──>   refuses an old version, a foreign subject, an old epoch
 *     checks  <──  challenge  version, nonce, proof
 *     proof                              ──>   checks
 *     open    <──  accepted                    open
 *
 * Each proves that it knows the secret, over nonces of both, so that nothing said before can be said again; the
 * word for the side is in the proof, so that none can be reflected.
 */

export type Hello = z.infer<typeof handshake.hello>

export interface OpenerIdentity {
  readonly subject: string
  readonly hubId: string
  readonly epoch: number
  /** In hex. */
  readonly secret: string
}

/**
 * Opens the link from this side; `onOpen` sets its receiver, and then gets every frame. Rejects, with the link
 * closed, where the other does not prove the secret in time.
 */
export async function openHandshake(
  link: Link,
  identity: OpenerIdentity,
  onOpen: (link: Link) => void,
): Promise<void> {
  const messages = handshakeMessages(link)
  const nonce = randomBytes(32).toString('hex')
  const { subject, hubId, epoch, secret } = identity
  const version = PROTOCOL_VERSION
  try {
    link.sendControl(JSON.stringify({ event: 'hello', version, nonce, subject, hubId, epoch }))
    const challenge = parse(handshake.challenge, await messages.next())
    checkVersion(challenge.version)
    const nonces = { opener: nonce, listener: challenge.nonce }
    if (!same(challenge.proof, proofOf('listener', secret, nonces, subject))) {
      throw new CodedError<ErrorCode>('forbidden', 'the other side does not know the secret')
    }
    // From here on: behind `accepted` in the same packet may come frames of any size.
    link.open()
    const proof = proofOf('opener', secret, nonces, subject)
    link.sendControl(JSON.stringify({ event: 'proof', proof }))
    parse(handshake.accepted, await messages.next())
    onOpen(link)
    for (const frame of messages.rest()) link.deliver(frame)
  } catch (error) {
    link.close('the handshake failed')
    throw error
  } finally {
    messages.stop()
  }
}

export interface Listening {
  /** In hex. */
  readonly secret: string
  /** @throws CodedError what to refuse this opener with: a foreign subject, an old epoch */
  readonly check: (hello: Hello) => void
  /** Sets the link's receiver, before anything can arrive. */
  readonly onAccepted: (link: Link, hello: Hello) => void
}

/** Opens the link from the listening side. Rejects, with the link closed and the opener told why. */
export async function acceptHandshake(link: Link, listening: Listening): Promise<void> {
  const messages = handshakeMessages(link)
  try {
    const hello = parse(handshake.hello, await messages.next())
    checkVersion(hello.version)
    listening.check(hello)
    const nonce = randomBytes(32).toString('hex')
    const nonces = { opener: hello.nonce, listener: nonce }
    const { secret } = listening
    const proof = proofOf('listener', secret, nonces, hello.subject)
    const version = PROTOCOL_VERSION
    link.sendControl(JSON.stringify({ event: 'challenge', version, nonce, proof }))
    const answer = parse(handshake.proof, await messages.next())
    if (!same(answer.proof, proofOf('opener', secret, nonces, hello.subject))) {
      throw new CodedError<ErrorCode>('forbidden', 'the other side does not know the secret')
    }
    messages.stop()
    link.open()
    link.sendControl(JSON.stringify({ event: 'accepted' }))
    listening.onAccepted(link, hello)
  } catch (error) {
    const code = error instanceof CodedError ? error.code : 'bad_message'
    const message = error instanceof Error ? error.message : String(error)
    link.sendControl(JSON.stringify({ event: 'error', id: 0, code, message }))
    link.close('the handshake failed')
    throw error
  } finally {
    messages.stop()
  }
}

function checkVersion(version: number): void {
  if (version >= PROTOCOL_VERSION_OLDEST) return
  const need = PROTOCOL_VERSION_OLDEST
  throw new CodedError<ErrorCode>('old_version', `version ${version}; at least ${need} is served`)
}

/** The frames of a handshake one by one, all within its deadline. */
function handshakeMessages(link: Link): {
  next: () => Promise<unknown>
  rest: () => readonly LinkFrame[]
  stop: () => void
} {
  const arrived: LinkFrame[] = []
  let wake: (() => void) | undefined
  const timer = setTimeout(() => link.close('the handshake took too long'), LINK_HANDSHAKE_MS)
  const onClosed = (): void => wake?.()
  link.closed.addEventListener('abort', onClosed)
  link.onFrame = (frame) => {
    arrived.push(frame)
    wake?.()
  }
  return {
    async next() {
      if (arrived.length === 0 && !link.closed.aborted) {
        await new Promise<void>((resolve) => {
          wake = resolve
        })
      }
      const frame = arrived.shift()
      if (frame === undefined) throw new CodedError<ErrorCode>('closed', String(link.closed.reason))
      if (frame.kind !== LINK_CONTROL)
        throw new CodedError<ErrorCode>('bad_message', 'no handshake')
      return parseJson(Buffer.from(frame.payload).toString())
    },
    rest: () => arrived,
    stop() {
      clearTimeout(timer)
      link.closed.removeEventListener('abort', onClosed)
    },
  }
}

function parse<T>(schema: z.ZodType<T>, message: unknown): T {
  const parsed = schema.safeParse(message)
  if (parsed.success) return parsed.data
  const refusal = errorAnswer.safeParse(message)
  if (refusal.success) throw new CodedError<ErrorCode>(refusal.data.code, refusal.data.message)
  throw new CodedError<ErrorCode>('bad_message', 'not a message of the handshake')
}

function proofOf(
  side: 'opener' | 'listener',
  secret: string,
  nonces: { opener: string; listener: string },
  subject: string,
): string {
  const text = ['salvus link 1', side, nonces.opener, nonces.listener, subject].join('\n')
  return createHmac('sha256', Buffer.from(secret, 'hex')).update(text).digest('hex')
}

function same(a: string, b: string): boolean {
  const bytesA = Buffer.from(a, 'hex')
  const bytesB = Buffer.from(b, 'hex')
  return bytesA.length === bytesB.length && timingSafeEqual(bytesA, bytesB)
}

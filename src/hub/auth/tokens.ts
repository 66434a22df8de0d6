import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto'

/** 256 random bits: twice what ASVS asks for. */
const TOKEN_BYTES = 32

/** A right as text for a cookie or the fragment of a link. Only its hash is kept. */
export function newToken(): string {
  return randomBytes(TOKEN_BYTES).toString('base64url')
}

/** SHA-256 in hex. Tokens are random, so no salt or stretching is needed. */
export function hashToken(token: string): string {
  return createHash('sha256').update(token).digest('hex')
}

/** The token of an invitation's link: its id and a proof, so that the link can be shown again and is in no database. */
export function invitationToken(secret: Buffer, invitationId: string): string {
  return `${invitationId}.${proofOf(secret, invitationId)}`
}

/** The invitation that a token is for; undefined where it is not one of ours. */
export function readInvitationToken(secret: Buffer, token: string): string | undefined {
  const [invitationId, proof, ...rest] = token.split('.')
  if (invitationId === undefined || proof === undefined || rest.length > 0) return undefined
  const expected = Buffer.from(proofOf(secret, invitationId))
  const given = Buffer.from(proof)
  const same = given.length === expected.length && timingSafeEqual(given, expected)
  return same ? invitationId : undefined
}

function proofOf(secret: Buffer, invitationId: string): string {
  return createHmac('sha256', secret).update(`invitation ${invitationId}`).digest('base64url')
}

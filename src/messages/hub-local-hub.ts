import { z } from 'zod'

import { defineNotice, defineRequest } from './define.ts'
import { accountId, clientId, projectId, role, sha256 } from './ids.ts'
import { BLOB_BYTES_MAX } from './limits.ts'

/**
 * The data link between a hub and a local hub: one for each hub and project, opened by the hub, carrying all that
 * hub's clients of the project. A frame:
 *
 *     length u32 big-endian, of what follows . kind u8 . count varint . client varint x count . payload
 *
 * Kinds 1 and 2 carry the messages of clients: from the hub one client's, to the hub those for all listed clients,
 * serialized once. Kind 0 carries the link's own JSON messages, below, with count 0.
 */
export const LINK_CONTROL = 0
/** The payload is the JSON of a client's message. */
export const LINK_TEXT = 1
/** The payload is the channel varint and a client's payload. */
export const LINK_BINARY = 2

/**
 * Handshake of every link between our processes: the opener (a hub) sends `hello` with its nonce, the other answers
 * `challenge` with its own nonce and proof, the opener sends its `proof`, the other `accepted`. A proof is the
 * HMAC-SHA256, by the shared secret, of `salvus link 1`, the side (`opener` or `listener`), both nonces and the
 * subject (hex). The secret is never sent. A link that is silent for LINK_HANDSHAKE_MS is closed.
 */
export const LINK_HANDSHAKE_MS = 5_000

export const nonce = z.string().regex(/^[0-9a-f]{64}$/)
export const handshake = {
  hello: z.object({
    event: z.literal('hello'),
    version: z.int(),
    nonce,
    /** The project, or the host of a project server. */
    subject: z.string().max(100),
    hubId: z.string().max(100),
    /** Epoch of the project's lease that the hub knows; an older one than the local hub's is refused. */
    epoch: z.int().min(0),
  }),
  challenge: z.object({ event: z.literal('challenge'), version: z.int(), nonce, proof: sha256 }),
  proof: z.object({ event: z.literal('proof'), proof: sha256 }),
  accepted: z.object({ event: z.literal('accepted') }),
}

/** Hub -> local hub. The hub stamps client, account and role itself; nothing that a client writes can set them. */
export const hubToLocalHubNotices = {
  client_joined: defineNotice('public', {
    client: clientId,
    accountId,
    name: z.string().max(254),
    role,
    /** The hub itself, fetching raw files: not shown among the people. */
    hidden: z.boolean().optional(),
  }),
  /** Applies before the next frame of the client. */
  client_role: defineNotice('public', { client: clientId, role }),
  client_left: defineNotice('public', { client: clientId }),
  /**
   * Much waits at the hub for this client's browser, or no longer. What a client that is behind can do without, or can
   * have merged later, is not sent to it.
   */
  client_behind: defineNotice('public', { client: clientId, behind: z.boolean() }),
}

/** Local hub -> hub. */
export const localHubToHubNotices = {
  /** The local hub refuses to serve this client any longer (it broke the protocol, or its queue is full). */
  client_refused: defineNotice('public', {
    client: clientId,
    code: z.string(),
    message: z.string(),
  }),
  /** What was opened or edited, for the log of the project and its time of last use. */
  file_used: defineNotice('public', {
    accountId,
    path: z.string().max(4096),
    action: z.enum(['open', 'edit', 'run']),
  }),
  /** How it stands with documents, and what their threads did since this was told last: for the hub's metrics. */
  documents_counted: defineNotice('public', {
    open: z.int().min(0),
    threads: z.int().min(0),
    turns: z.int().min(0),
    moves: z.int().min(0),
    threadsLost: z.int().min(0),
    divergences: z.int().min(0),
    /** Of all turns since the local hub began. */
    longestTurnMs: z.number().min(0),
  }),
}

/** Local hub -> hub, answered. */
export const localHubToHub = {
  /**
   * Keeps an image of a worksheet: in pieces of at most CHUNK_BYTES, in order; the piece that completes it makes
   * the hub check the hash and store it (`bad_value` where it differs). Idempotent.
   */
  put_blob: defineRequest(
    'public',
    {
      projectId,
      sha256,
      contentType: z.string().max(100),
      sizeBytes: z.int().min(0).max(BLOB_BYTES_MAX),
      offset: z.int().min(0),
      base64: z.string(),
    },
    { stored: z.boolean() },
  ),
}

import { z } from 'zod'

import { NAME_CHARACTERS_MAX, PATH_CHARACTERS_MAX } from './limits.ts'

/** Branded ids are made only by these parsers. All but the numbers are 128 random bits as a lower-case uuid. */
export const accountId = z.uuid().brand<'AccountId'>()
export type AccountId = z.infer<typeof accountId>

export const projectId = z.uuid().brand<'ProjectId'>()
export type ProjectId = z.infer<typeof projectId>

/** The public name of a session, for listing and revoking; not the token in the cookie. */
export const sessionId = z.uuid().brand<'SessionId'>()
export type SessionId = z.infer<typeof sessionId>

export const invitationId = z.uuid().brand<'InvitationId'>()
export type InvitationId = z.infer<typeof invitationId>

/** A client on a link between a hub and a local hub: a number of that hub's own, one for each route. */
export const clientId = z.int().min(1).max(0xffff_ffff).brand<'ClientId'>()
export type ClientId = z.infer<typeof clientId>

/** A stream inside a route: an open document, a terminal, a transfer. Numbered by the local hub, the same for all its clients. */
export const channelId = z.int().min(1).max(0xffff_ffff).brand<'ChannelId'>()
export type ChannelId = z.infer<typeof channelId>

/** Route of a connection; 0 is the hub itself. */
export const routeId = z.int().min(0).max(0xffff)

/** Correlates a request with its one answer; unique among the requests that the sender waits for. */
export const requestId = z.int().min(0).max(Number.MAX_SAFE_INTEGER)

/** A cell inside its document; not the uuid in the file. */
export const cellId = z.string().regex(/^[A-Za-z0-9_-]{1,32}$/)

export const email = z.email().max(254)

/** SHA-256 in lower-case hex. */
export const sha256 = z.string().regex(/^[0-9a-f]{64}$/)

/** What a person is called: one line, no control characters, and none that would turn the text around it. */
export const personName = z
  .string()
  .trim()
  .min(1)
  .max(NAME_CHARACTERS_MAX)
  .regex(/^[^\p{Cc}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]*$/u)

/**
 * A path relative to the project's directory, `/` between names, '' the directory itself. Containment (`..`,
 * symlinks) is the local hub's to check, against the file system.
 */
export const projectPath = z
  .string()
  .max(PATH_CHARACTERS_MAX)
  .refine((path) => !path.includes('\0'), {
    message: 'a path contains a NUL character',
  })

export const timeMs = z.int().min(0)

export const role = z.enum(['owner', 'editor', 'viewer'])
export type Role = z.infer<typeof role>

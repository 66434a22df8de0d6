import { once } from 'node:events'

import type { Request, RequestHandler, Response } from 'express'

import { projectId, sha256 as parseSha256 } from '../../messages/ids.ts'
import type { AccountId } from '../../messages/ids.ts'
import type { Authenticate } from '../auth/authenticate.ts'
import type { HubContext } from '../context.ts'
import { roleOf } from '../projects/role-of.ts'
import { refusal } from '../refuse.ts'
import { sendError } from '../http/send-error.ts'

/** Shown by an <img>, which runs nothing; everything else is a download. */
const SHOWN_TYPES = new Set([
  'image/png',
  'image/jpeg',
  'image/gif',
  'image/webp',
  'image/avif',
  'image/svg+xml',
])

/** `GET <base>/blobs/SHA256?project=ID`, for members of a project that holds it. */
export function serveBlob(
  context: HubContext,
  from: {
    readonly authenticate: Authenticate
    readonly addressOf: (request: Request) => string
  },
): RequestHandler {
  return (request, response) => {
    respond(request, response).catch((error: unknown) => {
      sendError(response, error, context.logger)
    })
  }

  async function respond(request: Request, response: Response): Promise<void> {
    const who = await from.authenticate(request.headers.cookie, from.addressOf(request))
    if (who === undefined) throw refusal('not_signed_in', 'Sign in first.')
    const hash = parseSha256.safeParse(request.params['sha256'])
    if (!hash.success) throw refusal('bad_value', 'This is no name of an image.')
    const project = projectId.safeParse(request.query['project'])
    const holders = project.success
      ? (await context.database.blobs.isHeldBy(project.data, hash.data)) && [project.data]
      : await context.database.blobs.holders(hash.data)
    const readable = await isMember(context, who.account.accountId, holders || [])
    const row = readable ? await context.database.blobs.get(hash.data) : undefined
    if (row === undefined) throw refusal('not_found', 'There is no such image, or it is not yours.')
    response.setHeader(
      'Content-Security-Policy',
      "sandbox; default-src 'none'; style-src 'unsafe-inline'",
    )
    response.setHeader('Cache-Control', 'private, max-age=31536000, immutable')
    response.setHeader('ETag', `"${hash.data}"`)
    if (SHOWN_TYPES.has(row.contentType)) response.setHeader('Content-Type', row.contentType)
    else {
      response.setHeader('Content-Type', 'application/octet-stream')
      response.setHeader('Content-Disposition', 'attachment')
    }
    if (request.fresh) {
      response.status(304).end()
      return
    }
    response.setHeader('Content-Length', row.sizeBytes)
    for await (const chunk of context.database.blobs.read(hash.data)) {
      if (response.destroyed) return
      if (!response.write(chunk))
        await Promise.race([once(response, 'drain'), once(response, 'close')])
    }
    response.end()
  }
}

async function isMember(
  context: HubContext,
  account: AccountId,
  projects: readonly string[],
): Promise<boolean> {
  for (const project of projects) {
    if ((await roleOf(context.database, account, projectId.parse(project))) !== undefined)
      return true
  }
  return false
}

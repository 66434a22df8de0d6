import express from 'express'
import type { Express, Request, Response } from 'express'

import { contentEntry } from '../../messages/http.ts'
import { projectId } from '../../messages/ids.ts'
import { contentCookie, readCookie, writeCookie } from '../auth/cookie.ts'
import type { HubContext } from '../context.ts'
import type { OpenProjectAsHub } from '../http/raw-files.ts'
import { errorHandler, sendError } from '../http/send-error.ts'
import { roleOf } from '../projects/role-of.ts'
import { refusal } from '../refuse.ts'
import { appOrigin } from '../settings.ts'
import { OUTPUT_FRAME, outputFramePolicy } from './output-frame.ts'
import { sendRawFile } from './send-raw-file.ts'
import { ACCESS_MS, readAccess, redeemTicket } from './tickets.ts'
import type { ContentAccess } from './tickets.ts'

/** A ticket, a project and a path. */
const FORM_BYTES_MAX = 64 * 1024

/**
 * What users make, at an origin of its own that has no cookie of the app: `POST enter` exchanges a ticket for the
 * cookie of one project, `GET PROJECT/raw/PATH` are its files. Rights are looked up at each request.
 */
export function createContentApp(context: HubContext, openProject: OpenProjectAsHub): Express {
  const app = express()
  app.disable('x-powered-by')
  app.disable('etag')
  const base = context.settings.contentUrl.pathname
  const guarded =
    (work: (request: Request, response: Response) => Promise<void>) =>
    (request: Request, response: Response): void => {
      work(request, response).catch((error: unknown) => sendError(response, error, context.logger))
    }
  app.use((request, response, next) => {
    response.setHeader('X-Content-Type-Options', 'nosniff')
    response.setHeader('Referrer-Policy', 'no-referrer')
    response.setHeader('Content-Security-Policy', "sandbox; default-src 'none'")
    if (request.method === 'TRACE') response.status(405).end()
    else next()
  })
  app.get('/output-frame', (_request, response) => {
    response.setHeader('Content-Security-Policy', outputFramePolicy(appOrigin(context.settings)))
    response.setHeader('Cache-Control', 'public, max-age=3600')
    response.type('html').send(OUTPUT_FRAME)
  })
  const form = express.urlencoded({ extended: false, limit: FORM_BYTES_MAX, parameterLimit: 10 })
  app.post(
    `${base}enter`,
    form,
    guarded((request, response) => enter(context, openProject, { request, response })),
  )
  app.get(
    `${base}:project/raw/*path`,
    guarded(async (request, response) => {
      const right = await rightOf(context, request)
      await serve(context, openProject, { request, response, right, path: rawPath(request.path) })
    }),
  )
  app.use((_request, response) => {
    response.status(404).type('text').send('There is nothing here.\n')
  })
  app.use(errorHandler(context.logger))
  return app
}

async function enter(
  context: HubContext,
  openProject: OpenProjectAsHub,
  { request, response }: { request: Request; response: Response },
): Promise<void> {
  if (request.headers.origin !== appOrigin(context.settings)) {
    throw refusal('bad_origin', 'A file is opened from its project.')
  }
  const parsed = contentEntry.safeParse(request.body)
  if (!parsed.success) throw refusal('bad_message', 'This form is not complete.')
  const redeemed = await redeemTicket(context, parsed.data.ticket)
  if (redeemed === undefined || redeemed.right.projectId !== parsed.data.projectId) {
    throw refusal('token_invalid', 'This link was used or has expired. Open the file again.')
  }
  const { right, token } = redeemed
  const { contentUrl } = context.settings
  const [path = '', query = ''] = parsed.data.path.replace(/^\/+/, '').split('?')
  const target = new URL(`${contentUrl.pathname}${right.projectId}/raw/${path}`, contentUrl)
  const inside = target.pathname.startsWith(`${contentUrl.pathname}${right.projectId}/raw/`)
  if (target.origin !== contentUrl.origin || !inside) {
    throw refusal('outside_project', 'This path leads out of the project.')
  }
  const cookie = contentCookie(contentUrl, right.projectId)
  const maxAgeS = ACCESS_MS / 1000
  response.setHeader('Set-Cookie', writeCookie(cookie, token, { maxAgeS, sameSite: 'Lax' }))
  response.setHeader('Cache-Control', 'no-store')
  if (query === 'download') {
    // Answered here: in a hidden frame the browser would not send the cookie along to another site.
    await serve(context, openProject, {
      request,
      response,
      right,
      path: rawPath(target.pathname),
      download: true,
    })
    return
  }
  response.redirect(303, target.pathname)
}

/** The right that the cookie of this project stands for. */
async function rightOf(context: HubContext, request: Request): Promise<ContentAccess> {
  const project = projectId.safeParse(request.params['project'])
  if (!project.success) throw refusal('not_found', 'There is no such project.')
  const { name } = contentCookie(context.settings.contentUrl, project.data)
  const token = readCookie(request.headers.cookie, name)
  const right = token === undefined ? undefined : await readAccess(context, token)
  if (right === undefined || right.projectId !== project.data) {
    throw refusal('not_signed_in', 'Open this file from its project.')
  }
  return right
}

async function serve(
  context: HubContext,
  openProject: OpenProjectAsHub,
  what: {
    readonly request: Request
    readonly response: Response
    readonly right: ContentAccess
    readonly path: string
    readonly download?: boolean
  },
): Promise<void> {
  const { accountId, projectId: project } = what.right
  const [role, account] = await Promise.all([
    roleOf(context.database, accountId, project),
    context.database.accounts.get(accountId),
  ])
  if (role === undefined || account === undefined) {
    throw refusal('forbidden', 'You are no member of this project.')
  }
  await using client = await openProject(project, { accountId, name: account.name, role: 'viewer' })
  await sendRawFile(client, {
    request: what.request,
    response: what.response,
    path: what.path,
    download: what.download ?? what.request.query['download'] !== undefined,
  })
}

/** The path inside the project of `.../raw/PATH`. @throws CodedError `bad_value` */
function rawPath(urlPath: string): string {
  const at = urlPath.indexOf('/raw/')
  try {
    return decodeURIComponent(urlPath.slice(at + '/raw/'.length))
  } catch (error) {
    if (error instanceof URIError) throw refusal('bad_value', 'This address is malformed.')
    throw error
  }
}

import express from 'express'
import type { Express, Request } from 'express'

import { DatabaseAway } from '../../database/database-away.ts'
import type { Authenticate } from '../auth/authenticate.ts'
import { serveBlob } from '../blobs/serve-blob.ts'
import type { HubContext } from '../context.ts'
import { apiRouter } from './api.ts'
import { errorHandler, sendError } from './send-error.ts'
import { refusal } from '../refuse.ts'
import { securityHeaders } from './security-headers.ts'
import { clientPage, staticClient } from './static-client.ts'

/** How long `/alive` waits for the database. */
const ALIVE_MS = 3_000

/** Who may call a route: anybody, who comes from a page of ours (the API), or who is signed in and a member. */
export type RouteAuthorization = 'public' | 'same_origin' | 'member'

interface Route {
  /** Below the base path. */
  readonly path: string
  readonly authorization: RouteAuthorization
}

/** All routes of the app's origin; a test asks each as somebody else. Primus adds `hub`, which checks by itself. */
export const ROUTES = {
  alive: { path: 'alive', authorization: 'public' },
  api: { path: 'api', authorization: 'same_origin' },
  blob: { path: 'blobs/:sha256', authorization: 'member' },
  /** The client's files, and its page for all its addresses. */
  client: { path: '', authorization: 'public' },
} as const satisfies Record<string, Route>

export interface AppOptions {
  readonly authenticate: Authenticate
  readonly addressOf: (request: Request) => string
  readonly clientDir: string
}

/** What the hub serves over HTTP at the app's origin, below its base path; elsewhere there is nothing. */
export function createApp(context: HubContext, options: AppOptions): Express {
  const app = express()
  app.disable('x-powered-by')
  app.disable('etag')
  app.use(securityHeaders(context.settings))
  const base = context.settings.publicUrl.pathname
  const at = (route: Route): string => base + route.path
  app.get(at(ROUTES.alive), (_request, response) => {
    alive(context).then(
      () => response.type('text').send('alive\n'),
      (error: unknown) => sendError(response, error, context.logger),
    )
  })
  app.use(at(ROUTES.api), apiRouter(context, options))
  app.get(at(ROUTES.blob), serveBlob(context, options))
  if (base !== '/') app.get('/', (_request, response) => response.redirect(302, base))
  const client = express.Router()
  client.use(staticClient(options.clientDir))
  // What looks like a file and is none is missing; everything else is an address of the client's.
  client.use((request, response, next) => {
    const name = request.path.slice(request.path.lastIndexOf('/') + 1)
    const isPage = request.path.startsWith('/projects/') || !name.includes('.')
    if (isPage) next()
    else response.status(404).type('text').send('There is nothing here.\n')
  })
  client.use(clientPage(options.clientDir, context.settings))
  app.use(base, client)
  app.use((_request, response) => {
    response.status(404).type('text').send('There is nothing here.\n')
  })
  app.use(errorHandler(context.logger))
  return app
}

/** For who leads people here: refused while this hub has no database, and once it is being stopped. */
async function alive(context: HubContext): Promise<void> {
  if (context.draining.aborted) throw refusal('closed', 'This hub is being stopped.')
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new DatabaseAway(`no answer in ${ALIVE_MS} ms`)), ALIVE_MS)
  })
  try {
    await Promise.race([context.database.ping(), late])
  } finally {
    clearTimeout(timer)
  }
}

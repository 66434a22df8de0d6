import express from 'express'
import type { Request, RequestHandler, Response, Router } from 'express'
import type { z } from 'zod'

import { httpRequests } from '../../messages/http.ts'
import type { HttpRequestName } from '../../messages/http.ts'
import { parseJson } from '../../messages/parse-json.ts'
import type { Authenticate } from '../auth/authenticate.ts'
import { verifyEmail } from '../auth/email.ts'
import { requestReset, resetPassword } from '../auth/password-reset.ts'
import { beginSession, endSessions, endingCookie } from '../auth/sessions.ts'
import { checkSignIn } from '../auth/sign-in.ts'
import { signUp } from '../auth/sign-up.ts'
import { addressKey, takeAttempt } from '../auth/throttle.ts'
import type { HubContext } from '../context.ts'
import { invitationOfToken, viewReceived } from '../projects/invitations.ts'
import { refusal } from '../refuse.ts'
import { appOrigin } from '../settings.ts'
import { sendError } from './send-error.ts'

/** The largest of these requests is a sign-up with a long password. */
const BODY_BYTES_MAX = 16 * 1024

type Requests = typeof httpRequests
interface Call<N extends HttpRequestName> {
  readonly body: z.infer<Requests[N]['request']>
  readonly request: Request
  readonly response: Response
}
type Handlers = {
  readonly [N in HttpRequestName]: (call: Call<N>) => Promise<z.infer<Requests[N]['answer']>>
}

/** `POST <base>/api/NAME`: what sets or clears the session's cookie, or is done by a link's token. */
export function apiRouter(
  context: HubContext,
  from: {
    readonly authenticate: Authenticate
    readonly addressOf: (request: Request) => string
  },
): Router {
  const handlers = createHandlers(context, from)
  const router = express.Router()
  router.use(refuseForeign(context))
  router.use(express.text({ type: 'application/json', limit: BODY_BYTES_MAX }))
  for (const name of Object.keys(httpRequests)) {
    if (!isName(name)) continue
    router.post(`/${name}`, (request, response) =>
      answer(context, handlers, { name, request, response }),
    )
  }
  router.use((_request, response) => {
    sendError(response, refusal('unknown_event', 'There is no such request.'), context.logger)
  })
  return router
}

async function answer(
  context: HubContext,
  handlers: Handlers,
  call: { readonly name: HttpRequestName; readonly request: Request; readonly response: Response },
): Promise<void> {
  const { name, request, response } = call
  try {
    const parsed = httpRequests[name].request.safeParse(parseJson(String(request.body)))
    if (!parsed.success) {
      const [issue] = parsed.error.issues
      throw refusal('bad_value', `${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'wrong'}`)
    }
    // The handler of this name takes what this name's schema has parsed.
    const handle = handlers[name] as unknown as (call: unknown) => Promise<unknown>
    const result = await handle({ body: parsed.data, request, response })
    response.setHeader('Cache-Control', 'no-store')
    response.json(result)
  } catch (error) {
    sendError(response, error, context.logger)
  }
}

function createHandlers(
  context: HubContext,
  {
    authenticate,
    addressOf,
  }: { readonly authenticate: Authenticate; readonly addressOf: (request: Request) => string },
): Handlers {
  const begin = async (accountId: string, call: { request: Request; response: Response }) => {
    const visitor = {
      address: addressOf(call.request),
      userAgent: (call.request.headers['user-agent'] ?? '').slice(0, 500),
    }
    call.response.setHeader('Set-Cookie', await beginSession(context, accountId, visitor))
  }
  return {
    sign_up: async (call) => {
      const account = await signUp(context, call.body, addressOf(call.request))
      await begin(account.accountId, call)
      return { account }
    },
    sign_in: async (call) => {
      const account = await checkSignIn(context, call.body, addressOf(call.request))
      await begin(account.accountId, call)
      return { account }
    },
    sign_out: async ({ body, request, response }) => {
      const who = await authenticate(request.headers.cookie, addressOf(request))
      response.setHeader('Set-Cookie', endingCookie(context.settings.publicUrl))
      response.setHeader('Clear-Site-Data', '"cache"')
      if (who === undefined) return {}
      await endSessions(context, who.account.accountId, {
        which: (row) => body.everywhere === true || row.sessionId === who.sessionId,
        reason: 'signed_out',
      })
      return {}
    },
    request_password_reset: async ({ body, request }) => {
      await requestReset(context, body.email, addressOf(request))
      return {}
    },
    reset_password: async ({ body, request }) => {
      await resetPassword(context, body, addressOf(request))
      return {}
    },
    verify_email: async ({ body, request }) => ({
      email: await verifyEmail(context, body.token, addressOf(request)),
    }),
    show_invitation: async ({ body, request }) => {
      await takeAttempt(context, 'token_address', addressKey(addressOf(request)))
      const row = await invitationOfToken(context, body.token)
      const [view, inviter] = await Promise.all([
        viewReceived(context, row),
        context.database.accounts.get(row.inviterId),
      ])
      if (row.projectId !== undefined && view === undefined) {
        throw refusal('token_invalid', 'The project of this invitation is gone.')
      }
      return {
        projectTitle: view?.projectTitle ?? context.settings.siteName,
        inviterName: inviter?.name ?? '',
        email: row.email,
        role: row.role,
      }
    },
  }
}

/** The three things that a page of another origin can't send together without a permission that is never given. */
function refuseForeign(context: HubContext): RequestHandler {
  const origin = appOrigin(context.settings)
  return (request, response, next) => {
    const type = (request.headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase()
    if (request.headers.origin !== origin || request.headers['x-salvus'] !== '1') {
      const refused = refusal('bad_origin', 'This request does not come from a page of this site.')
      sendError(response, refused, context.logger)
    } else if (type !== 'application/json') {
      sendError(response, refusal('bad_message', 'The type is application/json.'), context.logger)
    } else next()
  }
}

function isName(name: string): name is HttpRequestName {
  return Object.hasOwn(httpRequests, name)
}

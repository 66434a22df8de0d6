import { z } from 'zod'

import { requestId } from './ids.ts'
import type { Role } from './ids.ts'

/**
 * Who may send a request: anybody with a connection, anybody signed in, an admin, or a member of the project
 * that it names (at the hub: in its field `projectId`; at the local hub: the project of the route) in at least
 * this role. A request can't be defined without it; the side that answers checks it before the handler runs.
 */
export type Authorization = 'public' | 'account' | 'admin' | Role

export type Shape = Readonly<Record<string, z.ZodType>>

/** A request and its one answer. On the wire: `{event, id, ...request}` and `{event: 'answer', id, ...answer}`. */
export interface RequestDefinition<R extends Shape = Shape, A extends Shape = Shape> {
  readonly authorization: Authorization
  readonly request: z.ZodObject<R>
  readonly answer: z.ZodObject<A>
}

/** A table of the requests of one direction of a link, by event. */
export type RequestTable = Readonly<Record<string, RequestDefinition>>

export function defineRequest<R extends Shape, A extends Shape>(
  authorization: Authorization,
  request: R,
  answer: A,
): RequestDefinition<R, A> {
  return { authorization, request: z.object(request), answer: z.object(answer) }
}

/** A message that is not answered: a push, or a notice such as an acknowledgement of bytes. */
export interface NoticeDefinition<S extends Shape = Shape> {
  readonly authorization: Authorization
  readonly notice: z.ZodObject<S>
}

/** A table of the notices of one direction of a link, by event. */
export type NoticeTable = Readonly<Record<string, NoticeDefinition>>

export function defineNotice<S extends Shape>(
  authorization: Authorization,
  notice: S,
): NoticeDefinition<S> {
  return { authorization, notice: z.object(notice) }
}

export type RequestOf<T extends RequestTable, E extends keyof T> = z.infer<T[E]['request']>
export type AnswerOf<T extends RequestTable, E extends keyof T> = z.infer<T[E]['answer']>
export type NoticeOf<T extends NoticeTable, E extends keyof T> = z.infer<T[E]['notice']>

/** What every message has in common, read before the event's own schema. */
export const envelope = z.looseObject({ event: z.string().max(64), id: requestId.optional() })
export type Envelope = z.infer<typeof envelope>

export const answerEnvelope = z.looseObject({ event: z.literal('answer'), id: requestId })

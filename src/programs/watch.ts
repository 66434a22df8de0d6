import type { IncomingMessage } from 'node:http'

import { type DocumentEvent, type Revision, WATCH_ROUTE } from '../messages/project-api.ts'
import { CodedError } from '../util/coded-error.ts'
import { ask } from './ask.ts'

/** A local hub that stops says so; the next one goes on. */
const GOES_ON = 'closed'

export interface WatchOptions {
  /** Tells `missed` first where the document is not this any more. */
  readonly after?: Revision
  /** Ends it: the loop throws its reason. */
  readonly signal?: AbortSignal
}

/** What happens to a document from now on, over restarts of the local hub too. @throws CodedError as `ask` */
export async function* watchDocument(
  path: string,
  { after, signal }: WatchOptions,
): AsyncGenerator<DocumentEvent, void, undefined> {
  let known = after
  for (let connections = 0; ; connections++) {
    const query = { path, after: known }
    const response = await ask({
      method: 'GET',
      route: WATCH_ROUTE,
      query,
      ...(signal ? { signal } : {}),
    })
    try {
      for await (const event of eventsOf(response)) {
        if (event.event === 'closed') {
          if (event.code === GOES_ON) break
          throw new CodedError(event.code, event.message)
        }
        const isAgain = event.event === 'watching' && connections > 0
        // Where it differs from what is known, `missed` follows.
        if (!isAgain || known === undefined) known = event.revision
        if (!isAgain) yield event
      }
    } finally {
      response.destroy()
    }
  }
}

/** The lines of an answer, until the connection is lost. */
async function* eventsOf(response: IncomingMessage): AsyncGenerator<DocumentEvent> {
  response.setEncoding('utf8')
  let rest = ''
  try {
    // With an encoding it gives strings.
    for await (const chunk of response as AsyncIterable<string>) {
      const lines = (rest + chunk).split('\n')
      rest = lines.pop() ?? ''
      // The local hub writes one in each.
      for (const line of lines) yield JSON.parse(line) as DocumentEvent
    }
  } catch (error) {
    if (!response.errored) throw error
  }
}

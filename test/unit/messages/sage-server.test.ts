import { readFileSync } from 'node:fs'

import { describe, expect, it } from 'vitest'

import { sageServerEvent, sageServerRequest } from '../../../src/messages/sage-server.ts'
import { outputMessage } from '../../../src/messages/worksheet-output.ts'

interface Fixtures {
  readonly requests: readonly Record<string, unknown>[]
  readonly conversation: readonly {
    readonly send: Record<string, unknown>
    readonly receive: readonly Record<string, unknown>[]
  }[]
}

// Our own file, read by the Python tests as well.
const fixtures = JSON.parse(
  readFileSync(new URL('../../fixtures/wire/sage-server.json', import.meta.url), 'utf8'),
) as Fixtures

/** What differs from run to run stands as '*'. */
const ANY: Readonly<Record<string, unknown>> = { missing: [], pid: 1 }

describe('the link to the Sage server', () => {
  it.each(fixtures.requests.map((request) => [request['event'], request]))(
    'keeps every field of a %s',
    (_, request) => {
      expect(sageServerRequest.parse(request)).toEqual(request)
    },
  )

  it.each(
    fixtures.conversation
      .flatMap(({ receive }) => receive)
      .map((event) => [
        event['event'],
        Object.fromEntries(
          Object.entries(event).map(([key, value]) => [
            key,
            value === '*' ? (ANY[key] ?? '*') : value,
          ]),
        ),
      ]),
  )('keeps every field of a %s event', (_, event) => {
    expect(sageServerEvent.parse(event)).toEqual(event)
  })

  it('refuses a request with a missing field', () => {
    expect(sageServerRequest.safeParse({ event: 'execute', session: 'a' }).success).toBe(false)
  })
})

describe('output messages', () => {
  it.each([
    { stdout: 'x' },
    { tex: { tex: 'x^2', display: true } },
    { file: { filename: 'a.svg', sha256: 'a'.repeat(64), show: true } },
    { raw_input: { prompt: '?', value: '', submitted: false } },
    { overflow: { path: '.salvus/outputs/r.txt', bytes: 5 } },
    { hide: 'input' },
  ])('knows %o', (message) => {
    expect(outputMessage.parse(message)).toEqual(message)
  })

  it('refuses a file whose hash is none', () => {
    const file = { filename: 'a.svg', sha256: '../../etc', show: true }
    expect(outputMessage.safeParse({ file }).success).toBe(false)
  })
})

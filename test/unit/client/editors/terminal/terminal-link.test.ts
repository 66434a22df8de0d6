import { describe, expect, it } from 'vitest'

import { Value } from '../../../../../src/client/app/observable.ts'
import { RequestError } from '../../../../../src/client/connection/request-error.ts'
import type {
  ProjectConnection,
  ProjectConnectionState,
} from '../../../../../src/client/connection/project-connection.ts'
import { TerminalLink } from '../../../../../src/client/editors/terminal/terminal-link.ts'

/** The local hub's end, held by the test. */
function terminalOfTest() {
  const state = new Value<ProjectConnectionState>({ kind: 'open', role: 'editor', sinceMs: 0 })
  const epoch = new Value(1)
  const opened: { session: string; offset?: number }[] = []
  const sent: string[] = []
  let deliver: (payload: Uint8Array) => void = () => undefined
  const hub = { inputReceived: 0 }
  const project = {
    state,
    epoch,
    on: () => () => undefined,
    notify: () => undefined,
    openChannel: (_channel: number, onPayload: typeof deliver) => {
      deliver = onPayload
      return {
        send: (payload: Uint8Array) =>
          sent.push(`${payload[1]}:${new TextDecoder().decode(payload.subarray(2))}`),
        close: () => undefined,
      }
    },
    request: async (event: string, body: { session: string; offset?: number }) => {
      if (state.get().kind !== 'open') throw new RequestError('closed', 'no route')
      if (event === 'open_terminal')
        opened.push({
          session: body.session,
          ...(body.offset === undefined ? {} : { offset: body.offset }),
        })
      return {
        channel: 5,
        client: 1,
        inputReceived: hub.inputReceived,
        state: { rows: 24, columns: 80, viewers: [], title: '' },
      }
    },
  } as unknown as ProjectConnection
  const written: string[] = []
  const link = new TerminalLink({
    project,
    path: 'a.term',
    now: () => 0,
    screen: {
      size: () => ({ rows: 24, columns: 80 }),
      write: (bytes, done) => {
        written.push(new TextDecoder().decode(bytes))
        done()
      },
      restore: (bytes, done) => {
        written.push(`[${new TextDecoder().decode(bytes)}]`)
        done()
      },
    },
  })
  const output = (kind: number, offset: number, text: string): void =>
    deliver(Uint8Array.of(kind, offset, ...new TextEncoder().encode(text)))
  const lose = (): void => state.set({ kind: 'lost', sinceMs: 0 })
  const reopen = async (): Promise<void> => {
    state.set({ kind: 'open', role: 'editor', sinceMs: 0 })
    epoch.update((number) => number + 1)
    await settled()
  }
  return { link, hub, opened, sent, written, output, lose, reopen }
}

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)

describe('TerminalLink', () => {
  it('sends input again that had not arrived when the route was lost', async () => {
    const test = terminalOfTest()
    await settled()
    test.link.input(bytes('a'))
    test.link.input(bytes('b'))
    test.output(2, 1, '')
    test.lose()
    test.link.input(bytes('c'))
    test.hub.inputReceived = 1
    await test.reopen()
    expect(test.sent).toEqual(['1:a', '2:b', '2:b', '3:c'])
    test.link.close()
  })

  it('goes on from the output it has, and drops what it has already', async () => {
    const test = terminalOfTest()
    await settled()
    test.output(1, 3, 'scr')
    test.output(0, 3, 'ab')
    test.lose()
    await test.reopen()
    test.output(0, 4, 'bc')
    expect(test.opened.map(({ offset }) => offset)).toEqual([undefined, 5])
    expect(test.written).toEqual(['[scr]', 'ab', 'c'])
    test.link.close()
  })

  it('asks for the screen where output is missing', async () => {
    const test = terminalOfTest()
    await settled()
    test.output(1, 0, '')
    test.output(0, 9, 'late')
    await settled()
    expect(test.opened.map(({ offset }) => offset)).toEqual([undefined, undefined])
    test.link.close()
  })

  it('counts its input anew where the console server does not know it any more', async () => {
    const test = terminalOfTest()
    await settled()
    test.link.input(bytes('a'))
    test.output(2, 1, '')
    test.lose()
    test.link.input(bytes('b'))
    test.hub.inputReceived = 0
    await test.reopen()
    await settled()
    expect(test.sent).toEqual(['1:a', '1:b'])
    expect(test.opened.at(-1)?.session).not.toBe(test.opened[0]?.session)
    test.link.close()
  })

  it('refuses a paste that would wait beyond all bounds', async () => {
    const test = terminalOfTest()
    await settled()
    test.lose()
    expect(test.link.input(new Uint8Array(2 * 1024 * 1024))).toBe(false)
    expect(test.link.input(bytes('x'))).toBe(true)
    test.link.close()
  })
})

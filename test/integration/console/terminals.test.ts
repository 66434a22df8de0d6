import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import { expect, onTestFinished, test } from 'vitest'

import { ConsoleServer } from '../../../src/local-hub/console/console-server.ts'
import { shellEnvironment } from '../../../src/local-hub/console/shell-environment.ts'
import { shellArguments } from '../../../src/local-hub/console/shell-command.ts'
import { createTerminalArea, type TerminalArea } from '../../../src/local-hub/console/terminals.ts'
import type { ChannelId } from '../../../src/messages/ids.ts'
import { encodeVarint, readVarint } from '../../../src/util/varint.ts'
import { testBroadcast, TestChannels, TestClient } from '../../support/local-clients.ts'
import { temporaryDirectory } from '../../support/temporary-directory.ts'

interface Setup {
  readonly projectDir: string
  readonly socketPath: string
  readonly server: ConsoleServer
}

async function startConsole(asInProject = false): Promise<Setup> {
  const projectDir = await temporaryDirectory()
  const socketPath = join(projectDir, 'console.sock')
  const server = await ConsoleServer.listen({
    socketPath,
    projectDir,
    shell: '/bin/bash',
    ...(asInProject ? { shellArguments: shellArguments('/bin/bash', projectDir) } : {}),
    environment: {
      ...shellEnvironment({ PATH: process.env['PATH'], SALVUS_SECRET: 'x' }),
      HOME: projectDir,
      PS1: '$ ',
    },
    onError: () => undefined,
  })
  onTestFinished(() => server[Symbol.asyncDispose]())
  return { projectDir, socketPath, server }
}

function localHub({ socketPath }: Setup): { area: TerminalArea; channels: TestChannels } {
  const channels = new TestChannels()
  const area = createTerminalArea({
    channels,
    broadcast: testBroadcast,
    ensureConsole: () => Promise.resolve(socketPath),
    onError: () => undefined,
  })
  onTestFinished(() => area[Symbol.asyncDispose]())
  return { area, channels }
}

/** What a terminal's payloads have put on a client's screen, and the offset behind it. */
function seen(client: TestClient): { text: string; offset: number } {
  let chunks: Buffer[] = []
  let offset = 0
  for (const { payload } of client.binary) {
    const number = readVarint(payload, 1)
    if (!number || payload[0] === 2) continue
    if (payload[0] === 1) chunks = []
    else expect(number.value).toBe(offset === 0 ? number.value : offset)
    chunks.push(Buffer.from(payload.subarray(number.end)))
    offset = payload[0] === 1 ? number.value : number.value + payload.length - number.end
  }
  return { text: Buffer.concat(chunks).toString(), offset }
}

const shows = (client: TestClient, text: string) =>
  client.until(() => seen(client).text.includes(text), 60_000)

class Typist {
  #sequence: number
  readonly client: TestClient
  readonly channels: TestChannels
  readonly channel: ChannelId

  constructor(client: TestClient, channels: TestChannels, channel: ChannelId, sequence = 0) {
    this.client = client
    this.channels = channels
    this.channel = channel
    this.#sequence = sequence
  }

  type(text: string, sequence = ++this.#sequence): void {
    const payload = Buffer.concat([Uint8Array.of(0), encodeVarint(sequence), Buffer.from(text)])
    this.channels.receive(this.channel, this.client, payload)
  }
}

const open = (
  area: TerminalArea,
  client: TestClient,
  more: { offset?: number; session?: string; columns?: number } = {},
) =>
  area.handlers.open_terminal(
    { path: 'a.term', rows: 24, columns: 80, session: `s${client.id}`, ...more },
    client,
  )

test('two people share one shell, which has none of our own environment', async () => {
  const { area, channels } = localHub(await startConsole())
  const [a, b] = [new TestClient(1), new TestClient(2)]
  const { channel } = await open(area, a)
  expect((await open(area, b)).channel).toBe(channel)
  new Typist(a, channels, channel).type('echo $((6*7)) [$SALVUS_SECRET]\r')
  await Promise.all([shows(a, '42 []'), shows(b, '42 []')])
})

test('the prompt shows the folder and no name, and the person’s own files may change it', async () => {
  const setup = await startConsole(true)
  const { area, channels } = localHub(setup)
  const a = new TestClient(1)
  const { channel } = await open(area, a)
  await shows(a, '~')
  await writeFile(join(setup.projectDir, '.profile'), "PS1='mine> '")
  new Typist(a, channels, channel).type(
    'mkdir sub; cd sub; echo "<$USER>"; exec bash --rcfile ~/bashrc\r',
  )
  await shows(a, 'mine> ')
  expect(seen(a).text).not.toMatch(/no name/)
})

test('input that is sent again after a reconnect is typed once', async () => {
  const { area, channels } = localHub(await startConsole())
  const a = new TestClient(1)
  const { channel } = await open(area, a, { session: 'tab' })
  const typist = new Typist(a, channels, channel)
  typist.type('echo on', 1)
  a.leave()
  const again = new TestClient(2)
  const answer = await open(area, again, { session: 'tab' })
  expect(answer.inputReceived).toBe(1)
  const retry = new Typist(again, channels, answer.channel)
  retry.type('echo on', 1)
  retry.type('ce\r', 2)
  await shows(again, '\ronce\r\n')
})

test('a viewer who comes back gets what it missed, or the screen as it is', async () => {
  const setup = await startConsole()
  const { area, channels } = localHub(setup)
  const a = new TestClient(1)
  const { channel } = await open(area, a)
  const typist = new Typist(a, channels, channel)
  typist.type('echo fir""st\r')
  await shows(a, '\rfirst')
  const { offset } = seen(a)
  const b = new TestClient(2)
  await open(area, b, { offset })
  typist.type('echo sec""ond\r')
  await shows(b, '\rsecond')
  expect(seen(b).text).not.toContain('first')

  const c = new TestClient(3)
  await open(area, c)
  await shows(c, 'second')
  expect(seen(c).text).toContain('first')
})

test('a shell outlives the local hub, and another local hub finds it', async () => {
  const setup = await startConsole()
  const first = localHub(setup)
  const a = new TestClient(1)
  const opened = await open(first.area, a)
  new Typist(a, first.channels, opened.channel).type('kept=yes\r')
  await a.until(() => a.binary.some(({ payload }) => payload[0] === 2))
  await first.area[Symbol.asyncDispose]()

  const second = localHub(setup)
  const b = new TestClient(1)
  const reopened = await open(second.area, b)
  new Typist(b, second.channels, reopened.channel, reopened.inputReceived).type('echo kept:$kept\r')
  await shows(b, 'kept:yes')
})

test('the window of the last typist rules the size, which never shows in the output', async () => {
  const { area, channels } = localHub(await startConsole())
  const [a, b] = [new TestClient(1), new TestClient(2)]
  const { channel } = await open(area, a, { columns: 100 })
  await open(area, b, { columns: 60 })
  const typist = new Typist(b, channels, channel)
  typist.type('stty size\r')
  await shows(a, '24 60')
  expect(a.notices.at(-1)).toMatchObject({
    event: 'terminal_changed',
    body: { state: { columns: 60, sizeOwner: 2 } },
  })
  new Typist(a, channels, channel).type('stty size\r')
  await shows(b, '24 100')
})

/** Counts what comes instead of keeping it, and keeps the end. */
class CountingClient extends TestClient {
  offset = 0
  tail = ''

  override sendBinary(channel: ChannelId, payload: Uint8Array): void {
    const number = readVarint(payload, 1)
    if (number && payload[0] === 0) {
      this.offset = number.value + payload.length - number.end
      this.tail = (this.tail + Buffer.from(payload.subarray(number.end)).toString('latin1')).slice(
        -200,
      )
    }
    super.sendBinary(channel, new Uint8Array())
  }
}

test('a flood is held by a viewer that does not keep up, and goes on when it does', async () => {
  const { area, channels } = localHub(await startConsole())
  const a = new CountingClient(1)
  const { channel } = await open(area, a, { offset: 0 })
  new Typist(a, channels, channel).type(
    'head -c 30000000 /dev/zero | tr "\\0" x; echo; echo all-""done\r',
  )
  await a.until(() => a.offset > 1_000_000)
  let before = -1
  // Held: two looks with a pause that output would have filled.
  const isHeld = (): boolean => {
    const still = a.offset === before
    before = a.offset
    return still
  }
  await expect.poll(isHeld, { interval: 300, timeout: 60_000 }).toBe(true)
  expect(a.offset).toBeLessThan(12_000_000)
  const acknowledging = (async () => {
    while (!a.tail.includes('all-done')) {
      const { offset } = a
      area.noticeHandlers.acknowledge_output({ channel, offset }, a)
      await a.until(() => a.offset > offset, 60_000)
    }
  })()
  await acknowledging
  expect(a.offset).toBeGreaterThan(30_000_000)
}, 60_000)

test('a shell that ended says so, and the next key begins another', async () => {
  const { area, channels } = localHub(await startConsole())
  const a = new TestClient(1)
  const { channel } = await open(area, a)
  const typist = new Typist(a, channels, channel)
  typist.type('exit 3\r')
  await a.until(() => a.notices.some(({ body }) => JSON.stringify(body).includes('"exitCode":3')))
  typist.type('x')
  await a.until(() => !JSON.stringify(a.notices.at(-1)?.body).includes('exitCode'))
})

test('a viewer of the project can not type', async () => {
  const { area, channels } = localHub(await startConsole())
  const a = new TestClient(1)
  const { channel } = await open(area, a)
  a.role = 'viewer'
  expect(() => new Typist(a, channels, channel).type('rm -rf .\r')).toThrow(/viewers can not type/)
})

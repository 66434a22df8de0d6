import { createHash, randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'

import { silentLogger } from '../../../src/daemon/logging.ts'
import { SageServerClient } from '../../../src/local-hub/worksheets/sage-server-client.ts'
import { openWorksheetRunner } from '../../../src/local-hub/worksheets/worksheet-runner.ts'
import type { WorksheetRunning } from '../../../src/local-hub/worksheets/worksheet-sessions.ts'
import { MemoryWorksheet } from './memory-worksheet.ts'
import { TestSageServer, warm } from './sage-server.ts'

let home: string
let sage: TestSageServer
let server: SageServerClient
let runner: WorksheetRunning | undefined
const blobs = new Map<string, Uint8Array>()

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'salvus-worksheets-'))
  sage = new TestSageServer(home)
  await warm(await sage.ensure())
})

afterAll(async () => {
  await sage[Symbol.asyncDispose]()
  await rm(home, { recursive: true, force: true })
})

beforeEach(() => {
  server = new SageServerClient({ ensureServer: sage.ensure })
})

afterEach(async () => {
  await runner?.[Symbol.asyncDispose]()
  runner = undefined
  await server[Symbol.asyncDispose]()
})

function open(document: MemoryWorksheet): WorksheetRunning {
  runner = openWorksheetRunner({
    document,
    server,
    logger: silentLogger(),
    onSession: () => undefined,
    async putBlob(bytes) {
      const sha256 = createHash('sha256').update(bytes).digest('hex')
      blobs.set(sha256, bytes)
      return { sha256 }
    },
  })
  return runner
}

function worksheet(...inputs: string[]): MemoryWorksheet {
  const cells = Object.fromEntries(inputs.map((input, index) => [`c${index + 1}`, input]))
  return new MemoryWorksheet(`${randomUUID()}.sagews`, cells)
}

/** The local hub dies: its runner writes no more, its link closes. */
async function localHubRestarts(): Promise<void> {
  await runner?.[Symbol.asyncDispose]()
  await server[Symbol.asyncDispose]()
  server = new SageServerClient({ ensureServer: sage.ensure })
}

/** A question of the first cell waits for its answer. */
function asks(document: MemoryWorksheet): boolean {
  return JSON.stringify(document.fields.get('c1.run') ?? null).includes('asks')
}

describe('running cells', () => {
  it('puts the output of a cell into the document and says how it went', async () => {
    const document = worksheet('2+3')
    open(document).run(['c1'])
    await document.untilState('c1', 'done')
    expect(document.output('c1')).toEqual([{ stdout: '5\n' }])
    expect(document.run('c1', 'status')).toBe('ok')
    expect(runner?.session).toMatchObject({ state: 'ready', mode: 'python' })
    expect(runner?.busy).toBe(false)
  })

  it('tells what runs cells before the first one, and why not where nothing does', async () => {
    const told = new Promise<string | undefined>((resolve) => {
      runner = openWorksheetRunner({
        document: worksheet('1'),
        server,
        logger: silentLogger(),
        onSession: ({ version }) => resolve(version),
        putBlob: () => Promise.reject(new Error('none')),
      })
    })
    expect(await told).toMatch(/^Python 3/)
    expect(runner?.session.state).toBe('stopped')
  })

  it('runs cells one after another, those behind waiting', async () => {
    const document = worksheet('name = input("?")', 'print(name)')
    const running = open(document)
    running.run(['c1', 'c2'])
    await document.until(() => document.output('c1').length === 1, 'the question')
    expect([document.kind('c1'), document.kind('c2')]).toEqual(['running', 'waiting'])
    await document.until(() => asks(document), 'asks')
    const run = document.run('c1', 'run') ?? ''
    running.answerInput('c1', run, 'Ada')
    expect(() => running.answerInput('c1', run, 'again')).toThrow(/does not ask/)
    await document.untilState('c2', 'done')
    expect(document.output('c2')).toEqual([{ stdout: 'Ada\n' }])
  })

  it('runs the code as it was when it was asked to run', async () => {
    const document = worksheet('print("before")')
    open(document).run(['c1'])
    document.cells.set('c1', 'print("after")')
    await document.untilState('c1', 'done')
    expect(document.output('c1')).toEqual([{ stdout: 'before\n' }])
  })

  it('tells an error and goes on with the next cell', async () => {
    const document = worksheet('1/0', '7')
    open(document).run(['c1', 'c2'])
    await document.untilState('c2', 'done')
    expect(document.run('c1', 'status')).toBe('error')
    expect(JSON.stringify(document.output('c1'))).toContain('ZeroDivisionError')
  })

  it('skips a cell that is gone when its turn comes', async () => {
    const document = worksheet('7')
    open(document).run(['gone', 'c1'])
    await document.untilState('c1', 'done')
    expect(document.kind('gone')).not.toBe('running')
  })

  it('keeps an image in the blob store and removes the file it came in', async () => {
    const png = '89504e470d0a1a0a'
    const document = worksheet(
      `open('a.png','wb').write(bytes.fromhex('${png}'));\nsalvus.file('a.png')\nsalvus.file('/dev/null')`,
    )
    open(document).run(['c1'])
    await document.untilState('c1', 'done')
    const sha256 = createHash('sha256').update(Buffer.from(png, 'hex')).digest('hex')
    expect(document.output('c1')).toContainEqual({
      file: { filename: 'a.png', sha256, show: true },
    })
    expect(Buffer.from(blobs.get(sha256) ?? []).toString('hex')).toBe(png)
    expect(document.run('c1', 'status')).toBe('error')
  })

  it('sets the flags that a cell asks for', async () => {
    const document = worksheet('%hide\n%auto\n1')
    open(document).run(['c1'])
    await document.untilState('c1', 'done')
    expect(document.fields.get('c1.input_hidden')).toBe(true)
    expect(document.fields.get('c1.auto')).toBe(true)
  })

  it('begins the stream anew where the code clears its output', async () => {
    const document = worksheet('for i in range(50):\n    clear()\n    print(i)')
    open(document).run(['c1'])
    await document.untilState('c1', 'done')
    expect(document.output('c1')).toEqual([{ stdout: '49\n' }])
  })

  it('writes a flood in few changes and the rest of it into a file', async () => {
    const document = worksheet('for i in range(200000): print(i)')
    open(document).run(['c1'])
    await document.untilState('c1', 'done')
    expect(document.commits.length).toBeLessThan(60)
    const output = document.output('c1')
    const kept = output.map((message) => JSON.stringify(message)).join('').length
    expect(kept).toBeLessThan(600_000)
    const path = `.salvus/outputs/${document.run('c1', 'run')}.txt`
    expect(output.at(-1)).toMatchObject({ overflow: { path } })
    expect(readFileSync(join(home, path), 'utf8')).toMatch(/\n199999\n$/)
  })

  it('runs the automatic cells before the first one of a new session', async () => {
    const document = worksheet('a = 1', 'a + 1')
    document.fields.set('c1.auto', true)
    open(document).run(['c2'])
    await document.untilState('c2', 'done')
    expect(document.output('c2')).toEqual([{ stdout: '2\n' }])
  })
})

describe('interrupt and restart', () => {
  it('interrupts what runs and forgets what waits', async () => {
    const document = worksheet('print("begun")\nwhile True: pass', '2')
    const running = open(document)
    running.run(['c1', 'c2'])
    await document.until(() => document.output('c1').length > 0, 'begun')
    running.interrupt()
    await document.untilState('c1', 'done')
    expect(document.run('c1', 'status')).toBe('interrupted')
    expect(document.fields.get('c2.run')).toBeNull()
  })

  it('restarts with no names left, also while a cell computes', async () => {
    const document = worksheet('mine = 1\nprint(mine)\nwhile True: pass', 'mine')
    const running = open(document)
    running.run(['c1'])
    await document.until(() => document.output('c1').length > 0, 'begun')
    expect(await running.restart()).toMatchObject({ state: 'ready' })
    await document.untilState('c1', 'failed')
    running.run(['c2'])
    await document.untilState('c2', 'done')
    expect(document.run('c2', 'status')).toBe('error')
  })

  it('completes and explains, in UTF-16 offsets', async () => {
    const running = open(worksheet())
    const code = '"😀"; pri'
    expect(await running.complete(code, code.length)).toMatchObject({ from: 6, to: 9 })
    const help = await running.inspect({ code: '"😀"; len', offset: 8, source: false })
    expect(help).toMatchObject({ found: true, language: 'rst' })
  })
})

describe('what ends unexpectedly', () => {
  it('marks a cell whose session was killed, with the cause, and runs the next in a new one', async () => {
    const document = worksheet('print("last")\nimport os; os.kill(os.getpid(), 9)', '2', '3')
    const running = open(document)
    running.run(['c1', 'c2'])
    await document.untilState('c2', 'failed')
    expect(document.output('c1')).toEqual([{ stdout: 'last\n' }])
    expect(document.fields.get('c1.run')).toMatchObject({ failure: { code: 'killed' } })
    expect(running.session.state).toBe('failed')
    running.run(['c3'])
    await document.untilState('c3', 'done')
  })

  it('takes up a run that went on while the local hub was away, with nothing lost or doubled', async () => {
    const code = 'print(1, flush=True)\n_ = input()\nfor i in range(500): print(i)'
    const document = worksheet(code, '"next"')
    open(document).run(['c1', 'c2'])
    await document.until(() => asks(document), 'asks')
    await localHubRestarts()
    const before = document.commits.length
    const running = open(document)
    // The question is told again to who attaches.
    await document.until(() => document.commits.length > before, 'asks again')
    running.answerInput('c1', document.run('c1', 'run') ?? '', 'go')
    await document.untilState('c2', 'done')
    const numbers = Array.from({ length: 500 }, (_, index) => `${index}\n`).join('')
    expect(document.output('c1').at(0)).toEqual({ stdout: '1\n' })
    expect(document.output('c1').at(-1)).toEqual({ stdout: numbers })
    expect(document.output('c2')).toEqual([{ stdout: "'next'\n" }])
  })

  it('gets the end of a run that was done while the local hub was away', async () => {
    const document = worksheet('print(1, flush=True)\nimport time; time.sleep(0.3)\nprint(2)')
    open(document).run(['c1'])
    await document.until(() => document.output('c1').length > 0, 'begun')
    await localHubRestarts()
    open(document)
    await document.untilState('c1', 'done')
    expect(document.output('c1')).toEqual([{ stdout: '1\n2\n' }])
  })

  it('says that a run is lost whose session is no longer there', async () => {
    const document = worksheet('1', '2')
    document.fields.set('c1.run', { kind: 'running', run: randomUUID(), sinceMs: 1 })
    document.fields.set('c2.run', { kind: 'waiting', run: randomUUID(), sinceMs: 1 })
    open(document)
    await document.untilState('c1', 'failed')
    expect(document.fields.get('c1.run')).toMatchObject({ failure: { code: 'lost' } })
    expect(document.fields.get('c2.run')).toBeNull()
  })

  it('marks what ran when the Sage server was killed, and goes on with the one that was started again', async () => {
    const document = worksheet('print("begun")\nwhile True: pass', '2')
    const running = open(document)
    running.run(['c1'])
    await document.until(() => document.output('c1').length > 0, 'begun')
    await sage.kill()
    await document.untilState('c1', 'failed')
    expect(document.fields.get('c1.run')).toMatchObject({ failure: { code: 'server_ended' } })
    running.run(['c2'])
    await document.untilState('c2', 'done')
    expect(document.output('c2')).toEqual([{ stdout: '2\n' }])
  })

  it('fails a cell with the reason where the Sage server can not be started', async () => {
    const client = new SageServerClient({
      ensureServer: () => Promise.reject(new Error('apt install python3-venv')),
    })
    await using _ = client
    const document = worksheet('1')
    await using _running = openWorksheetRunner({
      document,
      server: client,
      logger: silentLogger(),
      onSession: () => undefined,
      putBlob: () => Promise.reject(new Error('none')),
    })
    _running.run(['c1'])
    await document.untilState('c1', 'failed')
    expect(JSON.stringify(document.fields.get('c1.run'))).toContain('apt install python3-venv')
  })
})

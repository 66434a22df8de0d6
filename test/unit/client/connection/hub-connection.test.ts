import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'

import { HubConnection } from '../../../../src/client/connection/hub-connection.ts'
import { REQUEST_DEADLINE_MS } from '../../../../src/messages/limits.ts'
import { PROTOCOL_VERSION } from '../../../../src/messages/version.ts'
import { FakeHub, FakeNetwork } from './fake-hub.ts'

let hub: FakeHub
let network: FakeNetwork
let connection: HubConnection
let hellos: number

beforeEach(() => {
  vi.useFakeTimers()
  hub = new FakeHub()
  network = new FakeNetwork()
  hellos = 0
  connection = new HubConnection({
    openTransport: hub.openTransport,
    network,
    build: 'test',
    onHello: () => hellos++,
    random: () => 0.5,
  })
})

afterEach(() => {
  connection.close()
  vi.useRealTimers()
})

const kind = (): string => connection.state.get().kind

describe('connecting', () => {
  it('is connected once the hub has answered hello, of which the page is told before', () => {
    const told: string[] = []
    connection.state.subscribe(() => told.push(`${kind()} after ${hellos} hello`))
    expect(kind()).toBe('connecting')
    hub.end.welcome()
    expect(told).toEqual(['connected after 1 hello'])
    expect(hub.end.sent[0]).toMatchObject({
      route: 0,
      event: 'hello',
      version: PROTOCOL_VERSION,
      build: 'test',
    })
  })

  it('avoids websockets where an attempt hangs, and goes back to them where that hangs too', () => {
    expect(hub.end.avoidWebsockets).toBe(false)
    vi.advanceTimersByTime(4_000)
    vi.advanceTimersByTime(1_000)
    expect(hub.end.avoidWebsockets).toBe(true)
    vi.advanceTimersByTime(10_000)
    vi.advanceTimersByTime(1_000)
    expect(hub.ends.map((end) => end.avoidWebsockets)).toEqual([false, true, false])
  })

  it('stops for good where the hub refuses an old version', () => {
    hub.end.open()
    hub.end.refuse('hello', 'old_version', 'reload')
    expect(kind()).toBe('old_version')
    vi.advanceTimersByTime(600_000)
    expect(hub.ends).toHaveLength(1)
  })
})

describe('reconnecting', () => {
  it('tries again with longer and longer waits, and at once on request', () => {
    hub.end.welcome()
    hub.end.end()
    expect(kind()).toBe('reconnecting')
    const waits: number[] = []
    for (let attempt = 0; attempt < 5; attempt++) {
      const before = hub.ends.length
      const startMs = Date.now()
      while (hub.ends.length === before) vi.advanceTimersByTime(10)
      waits.push(Date.now() - startMs)
      hub.end.end()
    }
    expect(waits).toEqual([190, 380, 750, 1500, 3000])
    const before = hub.ends.length
    connection.reconnectNow()
    expect(hub.ends).toHaveLength(before + 1)
  })

  it('ignores what an earlier transport says', () => {
    const [first] = hub.ends
    hub.end.welcome()
    hub.end.end()
    vi.advanceTimersByTime(1_000)
    hub.end.welcome()
    first?.end()
    expect(kind()).toBe('connected')
    expect(hub.ends).toHaveLength(2)
  })

  it('makes no attempt while the device is offline, and one when it is back', () => {
    hub.end.welcome()
    network.set(false)
    expect(kind()).toBe('offline')
    vi.advanceTimersByTime(60_000)
    expect(hub.ends).toHaveLength(1)
    network.set(true)
    expect(hub.ends).toHaveLength(2)
    hub.end.welcome()
    expect(kind()).toBe('connected')
  })

  it('leaves a connection that does not answer after the network changed', () => {
    hub.end.welcome()
    network.set(true)
    expect(hub.end.last('ping')).toBeDefined()
    vi.advanceTimersByTime(5_000)
    expect(kind()).toBe('reconnecting')
    expect(hub.ends[0]?.closed).toBe(true)
  })

  it('connects anew with the present cookie when it is restarted', async () => {
    hub.end.welcome()
    const restarted = connection.restart()
    expect(hub.ends[0]?.closed).toBe(true)
    hub.end.welcome()
    await restarted
    expect(hellos).toBe(2)
  })
})

describe('requests', () => {
  it('gives each answer to the request of its id, whatever the order', async () => {
    hub.end.welcome()
    const first = connection.request('create_project', { title: 'one' })
    const second = connection.request('create_project', { title: 'two' })
    const [one, two] = hub.end.sent.filter((message) => message.event === 'create_project')
    hub.end.push(0, { event: 'answer', id: two?.id, project: 'second' })
    hub.end.push(0, { event: 'answer', id: one?.id, project: 'first' })
    expect(await Promise.all([first, second])).toMatchObject([
      { project: 'first' },
      { project: 'second' },
    ])
  })

  it('rejects with the code and the message of a refusal', async () => {
    hub.end.welcome()
    const request = connection.request('create_project', { title: '' })
    hub.end.refuse('create_project', 'bad_value', 'the title is empty')
    await expect(request).rejects.toMatchObject({
      code: 'bad_value',
      message: 'the title is empty',
    })
  })

  it('gives up at the deadline', async () => {
    hub.end.welcome()
    const request = connection.request('ping', {})
    const rejected = expect(request).rejects.toMatchObject({ code: 'deadline' })
    vi.advanceTimersByTime(REQUEST_DEADLINE_MS)
    await rejected
  })

  it('rejects what waits when the connection is lost, and what is asked while it is away', async () => {
    hub.end.welcome()
    const waiting = connection.request('ping', {})
    hub.end.end()
    await expect(waiting).rejects.toMatchObject({ code: 'closed' })
    await expect(connection.request('ping', {})).rejects.toMatchObject({ code: 'closed' })
  })

  it('drops a frame with a key that would reach a prototype, and goes on', async () => {
    hub.end.welcome()
    const reported = vi.fn()
    vi.stubGlobal('reportError', reported)
    const request = connection.request('create_project', { title: 'one' })
    const { id } = hub.end.last('create_project')
    hub.end.push(0, JSON.parse(`{"event":"answer","id":${id},"constructor":1}`))
    expect(reported).toHaveBeenCalledOnce()
    hub.end.push(0, { event: 'answer', id, project: 'first' })
    expect(await request).toMatchObject({ project: 'first' })
    vi.unstubAllGlobals()
  })
})

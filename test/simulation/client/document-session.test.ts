import { ChangeSet, Text } from '@codemirror/state'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'

import { Value } from '../../../src/client/app/observable.ts'
import { openDocument } from '../../../src/client/sync/document-session.ts'
import type { AttachedEditor } from '../../../src/client/sync/open-document.ts'
import type { AccountId } from '../../../src/messages/ids.ts'
import { stateOfText, stringOf } from '../../../src/sync/document-state.ts'
import { FakeBrowser, FakeHub, FakeRoute } from './fake-project.ts'

const SEEDS = Number(process.env['SALVUS_SEEDS'] ?? 150)
const STEPS = 120

/** What a browser would show as an uncaught error. */
const reported: unknown[] = []

beforeEach(() => {
  vi.useFakeTimers()
  reported.length = 0
  vi.stubGlobal('reportError', (error: unknown) => reported.push(error))
})
afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
  expect(reported).toEqual([])
})

/** One tab with one editor, which shows the document's text and changes it as a person does. */
class Tab {
  readonly route: FakeRoute
  readonly document
  readonly crashTab: () => void
  shown: Text | undefined

  constructor(hub: FakeHub, account: string, browser: FakeBrowser) {
    const { store, locks, crash } = browser.tab()
    this.crashTab = crash
    this.route = new FakeRoute(hub, account)
    this.document = openDocument({
      project: this.route.project,
      accountId: account as AccountId,
      path: 'a.txt',
      presence: new Value({ self: undefined, people: [] }),
      onPath: () => undefined,
      store,
      locks,
      now: () => Date.now(),
    })
    this.document.status.subscribe(() => this.#mount())
  }

  #mount(): void {
    if (this.shown || this.document.status.get().kind !== 'open') return
    this.shown = this.document.text('').get()
    const editor: AttachedEditor = {
      show: (changes) => {
        this.shown = changes.apply(this.shown ?? Text.empty)
      },
      reset: (text) => {
        this.shown = text
      },
    }
    this.document.attach('', editor)
  }

  edit(from: number, to: number, insert: string): void {
    if (!this.shown) return
    const changes = ChangeSet.of({ from, to, insert }, this.shown.length, '\n')
    this.shown = changes.apply(this.shown)
    this.document.changeText('', changes)
  }
}

const settle = (): Promise<unknown> => vi.advanceTimersByTimeAsync(0)

async function deliverAll(tabs: readonly Tab[]): Promise<void> {
  for (let moved = true; moved;) {
    moved = false
    await vi.advanceTimersByTimeAsync(60)
    for (const { route } of tabs) {
      while (route.deliverUp()) moved = true
      while (route.deliverDown()) moved = true
    }
  }
}

async function openTab(hub: FakeHub, account: string, browser = new FakeBrowser()): Promise<Tab> {
  const tab = new Tab(hub, account, browser)
  tab.route.open()
  await settle()
  await deliverAll([tab])
  return tab
}

const ownerText = (hub: FakeHub): string => stringOf(hub.owner.state, '')

describe('a document session', () => {
  it('keeps typing while the route is lost, and sends it when it is back', async () => {
    const hub = new FakeHub(stateOfText('abc'))
    const a = await openTab(hub, 'ann')
    const b = await openTab(hub, 'bob')
    a.route.lose()
    a.edit(3, 3, 'X')
    b.edit(0, 0, 'Y')
    expect(a.document.status.get()).toMatchObject({ kind: 'away', pending: 1 })
    a.route.open()
    await deliverAll([a, b])
    expect([ownerText(hub), String(a.shown), String(b.shown)]).toEqual(['YabcX', 'YabcX', 'YabcX'])
    expect(a.document.status.get()).toMatchObject({ kind: 'open', pending: 0 })
  })

  it('adopts what a closed tab had not sent', async () => {
    const hub = new FakeHub(stateOfText('abc'))
    const browser = new FakeBrowser()
    const a = await openTab(hub, 'ann', browser)
    a.route.lose()
    a.edit(3, 3, 'X')
    await vi.advanceTimersByTimeAsync(20)
    a.crashTab()
    const again = await openTab(hub, 'ann', browser)
    await deliverAll([again])
    expect([ownerText(hub), String(again.shown), browser.unsent.size]).toEqual(['abcX', 'abcX', 0])
  })

  it('does not send twice what had arrived before the tab was closed', async () => {
    const hub = new FakeHub(stateOfText(''))
    const browser = new FakeBrowser()
    const a = await openTab(hub, 'ann', browser)
    a.edit(0, 0, 'X')
    await vi.advanceTimersByTimeAsync(20)
    while (a.route.deliverUp());
    a.crashTab()
    a.route.lose()
    const again = await openTab(hub, 'ann', browser)
    await deliverAll([again])
    expect([ownerText(hub), String(again.shown), browser.unsent.size]).toEqual(['X', 'X', 0])
  })

  it('adopts what several closed tabs had not sent', async () => {
    const hub = new FakeHub(stateOfText('-'))
    const browser = new FakeBrowser()
    const tabs = [await openTab(hub, 'ann', browser), await openTab(hub, 'ann', browser)]
    for (const [index, tab] of tabs.entries()) {
      tab.route.lose()
      tab.edit(index, index, String(index))
      await vi.advanceTimersByTimeAsync(20)
    }
    for (const tab of tabs) tab.crashTab()
    const again = await openTab(hub, 'ann', browser)
    await deliverAll([again])
    expect([ownerText(hub), String(again.shown), browser.unsent.size]).toEqual(['0-1', '0-1', 0])
  })

  it('leaves the unsent changes of a tab that lives to that tab', async () => {
    const hub = new FakeHub(stateOfText('-'))
    const browser = new FakeBrowser()
    const a = await openTab(hub, 'ann', browser)
    a.route.lose()
    a.edit(0, 0, 'X')
    await vi.advanceTimersByTimeAsync(20)
    await openTab(hub, 'ann', browser)
    expect([ownerText(hub), browser.unsent.size]).toEqual(['-', 1])
    a.route.open()
    await deliverAll([a])
    expect([ownerText(hub), browser.unsent.size]).toEqual(['X-', 0])
  })

  it('keeps a copy of what is refused because its author became a viewer', async () => {
    const hub = new FakeHub(stateOfText('abc'))
    const browser = new FakeBrowser()
    const a = await openTab(hub, 'ann', browser)
    a.route.role = 'viewer'
    a.edit(3, 3, 'typed')
    await deliverAll([a])
    expect([ownerText(hub), String(a.shown)]).toEqual(['abc', 'abc'])
    expect(a.document.kept.get()).toMatchObject([
      { text: 'typed', reason: expect.stringContaining('you are now a viewer') },
    ])
    expect([browser.kept.size, browser.unsent.size]).toEqual([1, 0])
  })

  it('takes back only what its own person did', async () => {
    const hub = new FakeHub(stateOfText('abc'))
    const a = await openTab(hub, 'ann')
    const b = await openTab(hub, 'bob')
    a.edit(1, 1, 'X')
    await deliverAll([a, b])
    b.edit(4, 4, 'Y')
    await deliverAll([a, b])
    a.document.undo()
    await deliverAll([a, b])
    expect([ownerText(hub), String(a.shown), String(b.shown)]).toEqual(['abcY', 'abcY', 'abcY'])
    a.document.redo()
    await deliverAll([a, b])
    expect(ownerText(hub)).toBe('aXbcY')
  })

  it('shows where others are, and moves their cursors with what is typed', async () => {
    const hub = new FakeHub(stateOfText('abc'))
    const a = await openTab(hub, 'ann')
    const b = await openTab(hub, 'bob')
    b.document.setCursor({ part: '', anchor: 2, head: 2, more: [] })
    await deliverAll([a, b])
    expect(a.document.cursors.get()).toMatchObject([{ name: 'bob', part: '', head: 2 }])
    a.edit(0, 0, 'XY')
    expect(a.document.cursors.get()).toMatchObject([{ head: 4 }])
    b.route.lose()
    await deliverAll([a])
    expect(a.document.cursors.get()).toEqual([])
  })

  it('compares its text with the local hub when idle, and stays open', async () => {
    const hub = new FakeHub(stateOfText('abc'))
    const a = await openTab(hub, 'ann')
    a.edit(0, 0, 'X')
    await deliverAll([a])
    await vi.advanceTimersByTimeAsync(3000)
    expect(a.route.up.length).toBeGreaterThan(0)
    await deliverAll([a])
    expect([a.document.status.get().kind, ownerText(hub), String(a.shown)]).toEqual([
      'open',
      'Xabc',
      'Xabc',
    ])
  })

  it('puts an editor right that shows what the document refuses', async () => {
    const hub = new FakeHub(stateOfText('abc'))
    const a = await openTab(hub, 'ann')
    a.edit(1, 1, '\ud800')
    await deliverAll([a])
    expect([String(a.shown), ownerText(hub), a.document.kept.get().length]).toEqual([
      'abc',
      'abc',
      1,
    ])
  })
})

/** mulberry32: small, seeded, good enough to choose steps. */
function randomOf(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below
  }
}

interface World {
  readonly hub: FakeHub
  readonly tabs: (Tab & { browser?: FakeBrowser })[]
  readonly browsers: readonly FakeBrowser[]
  readonly random: (below: number) => number
  readonly typed: string[]
  readonly deleted: Set<string>
}

/** Every typed character is its own, so that each can be accounted for. */
const FIRST_CHARACTER = 0x4e00

async function step(world: World): Promise<void> {
  const { hub, tabs, browsers, random, typed, deleted } = world
  const at = random(tabs.length)
  const tab = tabs[at]
  const browser = browsers[at]
  if (!tab || !browser) return
  const length = tab.shown?.length ?? 0
  const kind = random(100)
  if (kind < 40 && tab.shown) {
    const character = String.fromCodePoint(FIRST_CHARACTER + typed.length)
    typed.push(character)
    const from = random(length + 1)
    tab.edit(from, from, character)
  } else if (kind < 50 && length > 0) {
    const from = random(length)
    const to = Math.min(length, from + 1 + random(3))
    for (const character of tab.shown?.sliceString(from, to) ?? '') deleted.add(character)
    tab.edit(from, to, '')
  } else if (kind < 75) {
    if (random(2) === 0) tab.route.deliverUp()
    else tab.route.deliverDown()
  } else if (kind < 85) await vi.advanceTimersByTimeAsync(random(80))
  else if (kind < 90) tab.route.lose()
  else if (kind < 97) {
    tab.route.open()
    await settle()
  } else {
    await vi.advanceTimersByTimeAsync(20)
    tab.crashTab()
    tab.route.lose()
    tabs[at] = new Tab(hub, `person ${at}`, browser)
  }
}

async function runSchedule(seed: number): Promise<number> {
  const hub = new FakeHub(stateOfText(''))
  const browsers = [new FakeBrowser(), new FakeBrowser(), new FakeBrowser()]
  const tabs = browsers.map((browser, index) => new Tab(hub, `person ${index}`, browser))
  const world: World = {
    hub,
    tabs,
    browsers,
    random: randomOf(seed),
    typed: [],
    deleted: new Set(),
  }
  for (const tab of tabs) tab.route.open()
  await deliverAll(tabs)
  for (let done = 0; done < STEPS; done++) await step(world)
  for (const tab of tabs) tab.route.open()
  await deliverAll(tabs)
  const text = ownerText(hub)
  const lost = world.typed.filter(
    (character) => !world.deleted.has(character) && !text.includes(character),
  )
  expect({
    seed,
    lost,
    unique: new Set(text).size,
    shown: tabs.map(({ shown }) => String(shown)),
  }).toEqual({
    seed,
    lost: [],
    unique: text.length,
    shown: tabs.map(() => text),
  })
  expect({
    seed,
    left: browsers.map(({ unsent, kept }) => [...unsent.values(), ...kept.values()]),
  }).toEqual({
    seed,
    left: browsers.map(() => []),
  })
  for (const tab of tabs) tab.document.close()
  return world.typed.length
}

it(`loses and doubles nothing over ${SEEDS} schedules of lost routes and closed tabs`, async () => {
  let typed = 0
  for (let seed = 1; seed <= SEEDS; seed++) typed += await runSchedule(seed)
  expect(typed).toBeGreaterThan(10 * SEEDS)
}, 120_000)

import { expect, it, vi } from 'vitest'

import { stateOfText } from '../../../src/sync/document-state.ts'
import { FakeBrowser, FakeHub } from './fake-project.ts'
import { Tab, deliverAll, ownerText, settle, withTestPage } from './tab.ts'

withTestPage()

const SEEDS = Number(process.env['SALVUS_SEEDS'] ?? 150)
const STEPS = 120

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
    await vi.advanceTimersByTimeAsync(60)
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

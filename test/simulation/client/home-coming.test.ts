import { describe, expect, it, vi } from 'vitest'

import { stateOfText } from '../../../src/sync/document-state.ts'
import { FakeBrowser, FakeHub } from './fake-project.ts'
import { Tab, deliverAll, openTab, ownerText, settle, withTestPage } from './tab.ts'

withTestPage()

const HOUR_MS = 3_600_000

describe('a session that comes back', () => {
  it('says what was merged, and what others did meanwhile', async () => {
    const hub = new FakeHub(stateOfText('abc'))
    const a = await openTab(hub, 'ann')
    const b = await openTab(hub, 'bob')
    a.route.lose()
    a.edit(3, 3, 'X')
    a.edit(4, 4, 'X')
    await vi.advanceTimersByTimeAsync(HOUR_MS)
    a.edit(0, 0, 'X')
    b.edit(0, 0, 'Y')
    b.edit(1, 1, 'Y')
    b.edit(3, 3, 'Z')
    await deliverAll([b])
    expect(a.document.status.get().pending).toBe(2)
    a.route.open()
    await deliverAll([a, b])
    expect(a.document.merged.get()).toMatchObject({
      own: 2,
      fromClosedTab: false,
      others: [{ name: 'bob', changes: 2 }],
      othersChanged: true,
    })
    expect(a.document.merged.get()?.awayMs).toBeGreaterThanOrEqual(HOUR_MS)
    a.document.dismissMerged()
    expect(a.document.merged.get()).toBeUndefined()
  })

  it('says what others did to somebody who did nothing', async () => {
    const hub = new FakeHub(stateOfText('abc'))
    const a = await openTab(hub, 'ann')
    const b = await openTab(hub, 'bob')
    a.route.lose()
    b.edit(0, 0, 'Y')
    await vi.advanceTimersByTimeAsync(HOUR_MS)
    await deliverAll([b])
    a.route.open()
    await deliverAll([a, b])
    await vi.advanceTimersByTimeAsync(2000)
    expect(a.document.merged.get()).toMatchObject({ own: 0, others: [{ name: 'bob', changes: 1 }] })
  })

  it('says nothing of a moment without a route', async () => {
    const hub = new FakeHub(stateOfText('abc'))
    const a = await openTab(hub, 'ann')
    const b = await openTab(hub, 'bob')
    a.route.lose()
    a.edit(3, 3, 'X')
    b.edit(0, 0, 'Y')
    a.route.open()
    await deliverAll([a, b])
    await vi.advanceTimersByTimeAsync(2000)
    expect(a.document.merged.get()).toBeUndefined()
  })

  it('says what was merged of closed tabs, together', async () => {
    const hub = new FakeHub(stateOfText('-'))
    const browser = new FakeBrowser()
    const tabs = [await openTab(hub, 'ann', browser), await openTab(hub, 'ann', browser)]
    for (const [index, tab] of tabs.entries()) {
      tab.route.lose()
      tab.edit(index, index, String(index))
      await vi.advanceTimersByTimeAsync(1000)
      tab.edit(0, 0, 'x')
      await vi.advanceTimersByTimeAsync(60)
    }
    for (const tab of tabs) tab.crashTab()
    const again = await openTab(hub, 'ann', browser)
    await deliverAll([again])
    expect(again.document.merged.get()).toMatchObject({ own: 4, fromClosedTab: true })
  })

  it('inserts a text without a place at the cursor, and brings it back when it was dismissed', async () => {
    const hub = new FakeHub(stateOfText('abc'))
    const browser = new FakeBrowser()
    const a = await openTab(hub, 'ann', browser)
    a.edit(1, 1, '\ud800kept\ntext')
    await deliverAll([a])
    const [piece] = a.document.kept.get()
    if (!piece) throw new Error('nothing was kept')
    a.document.dismissKept(piece.id)
    expect([a.document.kept.get(), browser.kept.size]).toEqual([[], 0])
    a.document.restoreKept(piece)
    expect([a.document.kept.get(), browser.kept.size]).toEqual([[piece], 1])
    const place = { ...piece, text: 'kept\ntext' }
    expect(a.document.insertKept(place)).toBe(false)
    a.document.setCursor({ part: '', anchor: 3, head: 2, more: [] })
    expect(a.document.insertKept(place)).toBe(true)
    await deliverAll([a])
    expect([ownerText(hub), a.document.kept.get()]).toEqual(['abkept\ntext', []])
    a.document.undo()
    await deliverAll([a])
    expect([ownerText(hub), String(a.shown)]).toEqual(['abc', 'abc'])
  })

  it('opens, edits and sends in a browser that keeps nothing, and says that it does not', async () => {
    vi.spyOn(console, 'warn').mockReturnValue(undefined)
    vi.spyOn(console, 'error').mockReturnValue(undefined)
    const hub = new FakeHub(stateOfText('abc'))
    const browser = new FakeBrowser()
    browser.full = true
    const a = await openTab(hub, 'ann', browser)
    a.route.lose()
    a.edit(3, 3, 'X')
    await vi.advanceTimersByTimeAsync(60)
    expect(a.document.status.get()).toMatchObject({ unkept: true, pending: 1 })
    a.route.open()
    await vi.advanceTimersByTimeAsync(1000)
    await deliverAll([a])
    expect([ownerText(hub), a.document.status.get().pending]).toEqual(['abcX', 0])
    vi.restoreAllMocks()
  })

  it('answers no storm of cut connections with a storm of requests, and leaves no timer behind', async () => {
    const hub = new FakeHub(stateOfText('abc'))
    const a = await openTab(hub, 'ann')
    const before = a.route.requests
    for (let cut = 0; cut < 100; cut++) {
      a.route.lose()
      a.edit(0, 0, 'X')
      a.route.open()
      await settle()
    }
    await deliverAll([a])
    expect(a.route.requests - before).toBeLessThanOrEqual(100)
    expect([ownerText(hub).length, String(a.shown).length]).toEqual([103, 103])
    a.document.close()
    await settle()
    expect([vi.getTimerCount(), hub.connections.size]).toEqual([0, 1])
  })

  it('asks again by itself while the local hub has too much to do', async () => {
    const hub = new FakeHub(stateOfText('abc'))
    const a = new Tab(hub, 'ann', new FakeBrowser())
    a.route.busy = true
    a.route.open()
    await vi.advanceTimersByTimeAsync(60_000)
    expect([a.document.status.get().kind, a.route.requests]).toEqual([
      'opening',
      expect.any(Number),
    ])
    expect(a.route.requests).toBeLessThan(12)
    a.route.busy = false
    await vi.advanceTimersByTimeAsync(30_000)
    await deliverAll([a])
    expect(a.document.status.get().kind).toBe('open')
  })
})

describe('a local hub that lost what it knew', () => {
  it('is told what a page has typed, acknowledged or not, and the page says so', async () => {
    const hub = new FakeHub(stateOfText('one\ntwo\nthree\n'))
    const a = await openTab(hub, 'ann')
    a.edit(4, 4, 'acknowledged ')
    await deliverAll([a])
    hub.restart(stateOfText('one\ntwo\nthree\nfour\n'))
    a.edit(0, 0, 'unsent ')
    a.route.open()
    await deliverAll([a])
    expect([String(a.shown), a.document.status.get().pending]).toEqual([ownerText(hub), 0])
    expect(ownerText(hub)).toBe('unsent one\nacknowledged two\nthree\nfour\n')
    expect(a.document.status.get().remarks).toEqual([
      expect.stringContaining('The server had another history of this document'),
    ])
    a.document.undo()
    await deliverAll([a])
    expect([ownerText(hub), String(a.shown)]).toEqual([String(a.shown), ownerText(hub)])
  })

  it('is told what a closed tab has typed, kept step by step', async () => {
    const hub = new FakeHub(stateOfText('one\ntwo\nthree\n'))
    const browser = new FakeBrowser()
    const a = await openTab(hub, 'ann', browser)
    a.route.lose()
    for (const [key, letter] of [...'typed '].entries()) {
      a.edit(4 + key, 4 + key, letter)
      await vi.advanceTimersByTimeAsync(60)
    }
    a.crashTab()
    hub.restart(stateOfText('zero\none\ntwo\nthree\n'))
    const again = await openTab(hub, 'ann', browser)
    await deliverAll([again])
    expect([ownerText(hub), String(again.shown), browser.unsent.size]).toEqual([
      'zero\none\ntyped two\nthree\n',
      ownerText(hub),
      0,
    ])
  })

  it('leaves what has no place any more to its author', async () => {
    const hub = new FakeHub(stateOfText('one\ntwo\nthree\n'))
    const browser = new FakeBrowser()
    const a = await openTab(hub, 'ann', browser)
    a.route.lose()
    a.edit(5, 5, 'typed where nothing is')
    hub.restart(stateOfText('Something else entirely, 0123456789.'))
    a.route.open()
    await deliverAll([a])
    const [piece] = a.document.kept.get()
    expect([piece?.text, String(a.shown), browser.kept.size]).toEqual([
      'typed where nothing is',
      ownerText(hub),
      1,
    ])
    a.document.dismissKept(piece?.id ?? '')
    await deliverAll([a])
    a.route.lose()
    a.route.open()
    await deliverAll([a])
    expect(a.document.kept.get()).toEqual([])
  })
})

describe('a text that is not the local hub’s', () => {
  it('is healed, with the other variant kept and shown, and typing goes on', async () => {
    vi.spyOn(console, 'error').mockReturnValue(undefined)
    const hub = new FakeHub(stateOfText('abc\n'))
    const browser = new FakeBrowser()
    const a = await openTab(hub, 'ann', browser)
    const b = await openTab(hub, 'bob')
    b.edit(0, 0, 'QQQ')
    while (b.route.deliverUp());
    for (const bytes of a.route.down) {
      for (const [at, byte] of bytes.entries()) if (byte === 'Q'.charCodeAt(0)) bytes[at] = 90
    }
    while (a.route.deliverDown());
    expect(String(a.shown)).toBe('ZZZabc\n')
    a.edit(7, 7, 'typed')
    await deliverAll([a, b])
    await vi.advanceTimersByTimeAsync(3000)
    await deliverAll([a, b])
    expect([String(a.shown), String(b.shown)]).toEqual([ownerText(hub), ownerText(hub)])
    expect(ownerText(hub)).toBe('QQQabc\ntyped')
    expect(a.document.kept.get()).toMatchObject([
      { text: expect.stringContaining('ZZZ'), reason: expect.stringContaining('differed') },
    ])
    expect([browser.kept.size, browser.unsent.size]).toEqual([1, 0])
    vi.restoreAllMocks()
  })
})

describe('sessions of one person', () => {
  it('lose and double nothing when one tab is closed and reopened while both have unsent changes', async () => {
    const hub = new FakeHub(stateOfText('-'))
    const browser = new FakeBrowser()
    const [a, b] = [await openTab(hub, 'ann', browser), await openTab(hub, 'ann', browser)]
    for (const [tab, letter] of [
      [a, 'A'],
      [b, 'B'],
    ] as const) {
      tab.route.lose()
      for (let key = 0; key < 5; key++) tab.edit(key, key, letter)
      await vi.advanceTimersByTimeAsync(60)
    }
    b.crashTab()
    b.route.lose()
    const again = await openTab(hub, 'ann', browser)
    await deliverAll([again])
    expect([ownerText(hub), browser.unsent.size]).toEqual(['BBBBB-', 1])
    a.route.open()
    await deliverAll([a, again])
    expect(ownerText(hub).split('').toSorted().join('')).toBe('-AAAAABBBBB')
    expect([String(a.shown), String(again.shown), browser.unsent.size]).toEqual([
      ownerText(hub),
      ownerText(hub),
      0,
    ])
  })
})

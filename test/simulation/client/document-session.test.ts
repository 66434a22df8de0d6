import { describe, expect, it, vi } from 'vitest'

import { stateOfText } from '../../../src/sync/document-state.ts'
import { markSaved } from '../../../src/sync/outbox.ts'
import { FakeBrowser, FakeHub } from './fake-project.ts'
import { deliverAll, openTab, ownerText, withTestPage } from './tab.ts'

withTestPage()

/** Kinds of messages, as SPEC.md has them. */
const EDIT = 3
const PRESENCE = 6

describe('a document session', () => {
  it('sends each key of a lone typist in the task in which it is typed', async () => {
    const hub = new FakeHub(stateOfText(''))
    const a = await openTab(hub, 'ann')
    a.route.sentKinds.length = 0
    for (let key = 0; key < 3; key++) {
      a.edit(key, key, 'x')
      expect(a.route.sentKinds).toEqual(Array.from({ length: key + 1 }, () => EDIT))
    }
  })

  it('sends more keys with one message while many others type', async () => {
    const hub = new FakeHub(stateOfText(''))
    const a = await openTab(hub, 'ann')
    const others = await Promise.all(['bob', 'eve', 'joe'].map((name) => openTab(hub, name)))
    a.route.sentKinds.length = 0
    for (let key = 0; key < 100; key++) {
      a.edit(0, 0, 'x')
      for (const other of others) other.edit(0, 0, 'y')
      for (const { route } of [a, ...others]) {
        while (route.deliverUp());
        while (route.deliverDown());
      }
      await vi.advanceTimersByTimeAsync(10)
    }
    await deliverAll([a, ...others])
    const edits = a.route.sentKinds.filter((kind) => kind === EDIT).length
    expect(edits).toBeLessThan(60)
    expect(edits).toBeGreaterThan(15)
    expect(ownerText(hub)).toHaveLength(400)
  })

  it('tells its cursor when its person moves it, not when others type', async () => {
    const hub = new FakeHub(stateOfText('abc'))
    const a = await openTab(hub, 'ann')
    const b = await openTab(hub, 'bob')
    a.document.setCursor({ part: '', anchor: 1, head: 1, more: [{ anchor: 2, head: 3 }] })
    await deliverAll([a, b])
    // Who just came is answered within a second.
    await vi.advanceTimersByTimeAsync(1100)
    await deliverAll([a, b])
    a.route.sentKinds.length = 0
    for (let key = 0; key < 20; key++) {
      b.edit(0, 0, 'y')
      await deliverAll([a, b])
      const head = 2 + key
      a.document.setCursor({
        part: '',
        anchor: head,
        head,
        more: [{ anchor: head + 1, head: head + 2 }],
      })
      await vi.advanceTimersByTimeAsync(200)
    }
    expect(a.route.sentKinds.filter((kind) => kind === PRESENCE)).toEqual([])
    expect(b.document.cursors.get()).toMatchObject([
      { name: 'ann', head: 21, more: [{ anchor: 22, head: 23 }] },
    ])
  })

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

  it('says that all is on the disk once the version is that has it, also of what others typed', async () => {
    const hub = new FakeHub(stateOfText('abc'))
    const a = await openTab(hub, 'ann')
    const b = await openTab(hub, 'bob')
    const states = (): unknown[] => [a, b].map((tab) => tab.document.status.get().disk?.state)
    expect(states()).toEqual(['saved', 'saved'])
    a.edit(3, 3, 'X')
    expect(states()).toEqual(['unsaved', 'saved'])
    await deliverAll([a, b])
    expect(states()).toEqual(['unsaved', 'unsaved'])
    const late = await openTab(hub, 'eve')
    expect(late.document.status.get().disk?.state).toBe('unsaved')
    markSaved(hub.owner, hub.owner.head)
    hub.turn()
    await deliverAll([a, b])
    expect(states()).toEqual(['saved', 'saved'])
  })

  it('adopts what a closed tab had not sent', async () => {
    const hub = new FakeHub(stateOfText('abc'))
    const browser = new FakeBrowser()
    const a = await openTab(hub, 'ann', browser)
    a.route.lose()
    a.edit(3, 3, 'X')
    await vi.advanceTimersByTimeAsync(60)
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
    await vi.advanceTimersByTimeAsync(60)
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
      await vi.advanceTimersByTimeAsync(60)
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
    await vi.advanceTimersByTimeAsync(60)
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

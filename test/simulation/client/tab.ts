import { ChangeSet, Text } from '@codemirror/state'
import { afterEach, beforeEach, expect, vi } from 'vitest'

import { Value } from '../../../src/client/app/observable.ts'
import { openDocument } from '../../../src/client/sync/document-session.ts'
import type { AttachedEditor } from '../../../src/client/sync/open-document.ts'
import type { AccountId } from '../../../src/messages/ids.ts'
import { stringOf } from '../../../src/sync/document-state.ts'
import { FakeBrowser, FakeRoute } from './fake-project.ts'
import type { FakeHub } from './fake-project.ts'

/** What a browser would show as an uncaught error. */
const reported: unknown[] = []

/** A clock of the test's own; and nothing is reported as uncaught. */
export function withTestPage(): void {
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
}

/** One tab with one editor, which shows the document's text and changes it as a person does. */
export class Tab {
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

export const settle = (): Promise<unknown> => vi.advanceTimersByTimeAsync(0)

export async function deliverAll(tabs: readonly Tab[]): Promise<void> {
  for (let moved = true; moved;) {
    moved = false
    await vi.advanceTimersByTimeAsync(60)
    for (const { route } of tabs) {
      while (route.deliverUp()) moved = true
      while (route.deliverDown()) moved = true
    }
  }
}

export async function openTab(
  hub: FakeHub,
  account: string,
  browser = new FakeBrowser(),
): Promise<Tab> {
  const tab = new Tab(hub, account, browser)
  tab.route.open()
  await settle()
  await deliverAll([tab])
  return tab
}

export const ownerText = (hub: FakeHub): string => stringOf(hub.owner.state, '')

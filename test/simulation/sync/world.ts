import type { Text } from '@codemirror/state'

import { createClient } from '../../../src/sync/client.ts'
import type { Client, ClientUpdate } from '../../../src/sync/client.ts'
import { connect, disconnected, flush } from '../../../src/sync/client-local.ts'
import { receiveAtClient } from '../../../src/sync/client-receive.ts'
import type { DocumentState } from '../../../src/sync/document-state.ts'
import { cellsOf, textOf } from '../../../src/sync/document-state.ts'
import { cellOf } from '../../../src/sync/edit.ts'
import type { JournalRecord } from '../../../src/sync/journal-record.ts'
import { createOwner, openingRecords, restoreOwner } from '../../../src/sync/open-owner.ts'
import { takeTurn } from '../../../src/sync/outbox.ts'
import type { Owner, Turn } from '../../../src/sync/owner.ts'
import { detach, receiveAtOwner } from '../../../src/sync/receive.ts'

/** A browser tab with its editors, and the connection it has. */
export interface Tab {
  readonly name: string
  client: Client
  /** What the editors show: nothing but the changes they were given and made. */
  editors: Map<string, Text>
  connection: string | undefined
  up: Uint8Array[]
  down: Uint8Array[]
  canEdit: boolean
  rescued: string[]
  updates: ClientUpdate[]
}

/** An owner with its journal, and tabs connected by queues that the test moves along. */
export class World {
  owner: Owner
  journal: JournalRecord[]
  readonly tabs: Tab[] = []
  #connections = 0
  #time = 0

  constructor(state: DocumentState, tabs: number) {
    this.owner = createOwner({ term: 1, state })
    this.journal = [...openingRecords(this.owner, 0)]
    for (let index = 0; index < tabs; index++) this.addTab()
  }

  addTab(client = createClient(`s${this.tabs.length}`)): Tab {
    const tab: Tab = {
      name: `tab ${this.tabs.length}`,
      client,
      editors: new Map(),
      connection: undefined,
      up: [],
      down: [],
      canEdit: true,
      rescued: [],
      updates: [],
    }
    this.tabs.push(tab)
    return tab
  }

  now(): number {
    return ++this.#time
  }

  connect(tab: Tab): void {
    if (tab.connection === undefined) {
      tab.connection = `c${++this.#connections}`
      tab.up = []
      tab.down = []
    }
    tab.up.push(...connect(tab.client))
  }

  /** What is on the way is lost. */
  drop(tab: Tab): void {
    if (tab.connection !== undefined) detach(this.owner, tab.connection)
    tab.connection = undefined
    tab.up = []
    tab.down = []
    disconnected(tab.client)
  }

  flush(tab: Tab): void {
    if (tab.connection !== undefined) tab.up.push(...flush(tab.client))
  }

  /** The owner takes the next message of a tab. */
  deliverUp(tab: Tab): void {
    const bytes = tab.up.shift()
    if (bytes && tab.connection !== undefined) this.give(tab, bytes)
  }

  give(tab: Tab, bytes: Uint8Array): void {
    if (tab.connection === undefined) return
    const person = { accountId: tab.name, name: tab.name, canEdit: tab.canEdit }
    receiveAtOwner(this.owner, { connection: tab.connection, person }, bytes, this.now())
  }

  /** The owner's turn ends: journal first, then send. */
  turn(): Turn {
    const turn = takeTurn(this.owner)
    this.journal.push(...turn.records)
    for (const { to, bytes } of turn.sends)
      for (const tab of this.tabs)
        if (tab.connection !== undefined && to.includes(tab.connection)) tab.down.push(bytes)
    return turn
  }

  deliverDown(tab: Tab): void {
    const bytes = tab.down.shift()
    if (bytes) this.take(tab, bytes)
  }

  take(tab: Tab, bytes: Uint8Array): void {
    const update = receiveAtClient(tab.client, bytes)
    tab.updates.push(update)
    tab.rescued.push(...update.rescued.map((piece) => piece.text))
    tab.up.push(...update.send)
    if (update.joined) tab.editors = editorsOf(tab.client.view)
    for (const change of update.changes)
      for (const { part, changes } of change.texts)
        tab.editors.set(part, changes.apply(tab.editors.get(part) ?? textOf(tab.client.base, '?')))
    dropDeadEditors(tab)
    if (update.problem && update.problem.kind !== 'mismatch') this.connect(tab)
  }

  /** The process dies before this turn is journaled, and a new one opens the journal. */
  crash(): void {
    for (const tab of this.tabs) this.drop(tab)
    const json = this.journal.map((record) => JSON.stringify(record))
    this.owner = restoreOwner(json.map((line): JournalRecord => JSON.parse(line)))
  }

  /** Connects everybody and moves everything along until nothing moves. */
  settle(): void {
    for (const tab of this.tabs) this.connect(tab)
    for (let round = 0; round < 10_000; round++) {
      for (const tab of this.tabs) {
        this.flush(tab)
        while (tab.up.length > 0) this.deliverUp(tab)
      }
      this.turn()
      for (const tab of this.tabs) while (tab.down.length > 0) this.deliverDown(tab)
      if (this.tabs.every((tab) => tab.up.length === 0 && tab.client.stack.length === 0)) return
    }
    throw new Error('does not settle')
  }
}

export function editorsOf(state: DocumentState): Map<string, Text> {
  return new Map(state.texts.entries())
}

function dropDeadEditors(tab: Tab): void {
  const alive = new Set(cellsOf(tab.client.view, 'cells'))
  for (const part of tab.editors.keys()) {
    const cell = cellOf(part)
    if (cell !== undefined && !alive.has(cell)) tab.editors.delete(part)
  }
}

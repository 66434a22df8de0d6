import type { Text } from '@codemirror/state'

import { createClient, pendingCount } from '../../../src/sync/client.ts'
import type { Client, ClientUpdate, UnsentState, ViewChange } from '../../../src/sync/client.ts'
import { connect, disconnected, exportUnsent, flush } from '../../../src/sync/client-local.ts'
import { importUnsent } from '../../../src/sync/client-local.ts'
import { receiveAtClient } from '../../../src/sync/client-receive.ts'
import type { DocumentState } from '../../../src/sync/document-state.ts'
import { cellsOf, textOf } from '../../../src/sync/document-state.ts'
import { cellOf } from '../../../src/sync/edit.ts'
import type { JournalRecord } from '../../../src/sync/journal-record.ts'
import { createOwner, openingRecords, restoreOwner } from '../../../src/sync/open-owner.ts'
import { missedMessages, takeTurn } from '../../../src/sync/outbox.ts'
import type { Divergence, Owner, Turn } from '../../../src/sync/owner.ts'
import { detach, receiveAtOwner } from '../../../src/sync/receive.ts'
import { encodeOwnerMessage } from '../../../src/sync/wire-owner.ts'

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
  /** The last version before it was left out of what is sent to all, until it is given what it missed. */
  behind: number | undefined
  /** Nothing comes or goes until this step. */
  stalledUntil: number
  /** There is no connection until this step. */
  offlineUntil: number
}

/** A connection that its page has given up: what was on the way still arrives, and its end last. */
interface Ghost {
  readonly connection: string
  readonly tab: Tab
  readonly up: Uint8Array[]
}

/** What a page that is gone left in its browser. */
interface Kept {
  readonly name: string
  readonly canEdit: boolean
  readonly unsent: UnsentState
}

/** Kinds of messages that a shell does not send to who is behind. */
const LEFT_OUT = new Set([
  encodeOwnerMessage({ kind: 'items', v: 1, items: [], sum: 0 })[0],
  encodeOwnerMessage({ kind: 'presence', by: 0, data: null })[0],
])

/** An owner with its journal, and tabs connected by queues that the test moves along. */
export class World {
  owner: Owner
  journal: JournalRecord[]
  readonly tabs: Tab[] = []
  /** What the shell would log. */
  readonly divergences: Divergence[] = []
  ghosts: Ghost[] = []
  kept: Kept[] = []
  /** Pieces that pages showed which are gone, and those that only the history had. */
  readonly rescued: string[] = []
  /** Set where a base may have left the history: else nobody is ever forked. */
  mayFork = false
  /** Sees what each message made at a client. */
  onUpdate: (tab: Tab, update: ClientUpdate) => void = () => undefined
  /** Sees the owner that was made from the journal. */
  onRestart: () => void = () => undefined
  #connections = 0
  #sessions = 0
  #time = 0
  /** The last version that was sent. */
  #sentV = 0

  constructor(state: DocumentState, tabs: number) {
    this.owner = createOwner({ term: 1, state })
    this.journal = [...openingRecords(this.owner, 0)]
    for (let index = 0; index < tabs; index++) this.addTab()
  }

  addTab(client = createClient(`s${this.#sessions++}`), name = `tab ${this.tabs.length}`): Tab {
    const tab: Tab = {
      name,
      client,
      editors: new Map(),
      connection: undefined,
      up: [],
      down: [],
      canEdit: true,
      rescued: [],
      updates: [],
      behind: undefined,
      stalledUntil: 0,
      offlineUntil: 0,
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
    this.#giveUp(tab)
  }

  /** The page's end is gone; what it sent arrives later, perhaps after that of its next connection. */
  loseTouch(tab: Tab): void {
    const { connection, up } = tab
    if (connection !== undefined) this.ghosts.push({ connection, tab, up })
    this.#giveUp(tab)
  }

  /** The next late message of a connection that was given up, or its end. */
  haunt(ghost: Ghost): void {
    const bytes = ghost.up.shift()
    if (bytes) return this.#receive(ghost.connection, ghost.tab, bytes)
    detach(this.owner, ghost.connection)
    this.ghosts = this.ghosts.filter((other) => other !== ghost)
  }

  #giveUp(tab: Tab): void {
    tab.connection = undefined
    tab.up = []
    tab.down = []
    tab.behind = undefined
    disconnected(tab.client)
  }

  /** The page is closed; its browser keeps what was unsent. */
  close(tab: Tab): void {
    this.loseTouch(tab)
    const unsent: UnsentState = JSON.parse(JSON.stringify(exportUnsent(tab.client)))
    if (pendingCount(tab.client) > 0)
      this.kept.push({ name: tab.name, canEdit: tab.canEdit, unsent })
    this.rescued.push(...tab.rescued)
    this.tabs.splice(this.tabs.indexOf(tab), 1)
  }

  /** A page finds what another left. */
  adopt(): void {
    const kept = this.kept.shift()
    if (!kept) return
    const tab = this.addTab(createClient(kept.unsent.sid), kept.name)
    tab.canEdit = kept.canEdit
    importUnsent(tab.client, kept.unsent)
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
    if (tab.connection !== undefined) this.#receive(tab.connection, tab, bytes)
  }

  #receive(connection: string, tab: Tab, bytes: Uint8Array): void {
    const person = { accountId: tab.name, name: tab.name, canEdit: tab.canEdit }
    receiveAtOwner(this.owner, { connection, person }, bytes, this.now())
  }

  /** The owner's turn ends: journal first, then send. */
  turn(): Turn {
    const turn = takeTurn(this.owner)
    this.journal.push(...turn.records)
    this.divergences.push(...turn.divergences)
    for (const { to, bytes } of turn.sends)
      for (const tab of this.tabs)
        if (tab.connection !== undefined && to.includes(tab.connection))
          if (tab.behind === undefined || !LEFT_OUT.has(bytes[0])) tab.down.push(bytes)
    return turn
  }

  leaveOut(tab: Tab): void {
    if (tab.connection !== undefined) tab.behind ??= this.#sentV
  }

  /** Who was left out gets what it missed, or is told to ask for it. */
  catchUp(tab: Tab): void {
    const { behind: v, connection } = tab
    tab.behind = undefined
    if (v === undefined || connection === undefined) return
    tab.down.push(...missedMessages(this.owner, connection, { v, upTo: this.#sentV }))
  }

  deliverDown(tab: Tab): void {
    const bytes = tab.down.shift()
    if (bytes) this.take(tab, bytes)
  }

  take(tab: Tab, bytes: Uint8Array): void {
    const update = receiveAtClient(tab.client, bytes)
    this.onUpdate(tab, update)
    tab.updates.push(update)
    tab.rescued.push(...update.rescued.map((piece) => piece.text))
    tab.up.push(...update.send)
    if (update.joined) tab.editors = editorsOf(tab.client.view)
    show(tab, update.changes)
    if (update.problem) this.connect(tab)
  }

  /** Closes the journal's segment with the document as it is. */
  beginSegment(): void {
    this.turn()
    this.journal.push(...openingRecords(this.owner, this.now()))
  }

  /** The process dies before this turn is journaled, and a new one opens the journal. */
  crash(): void {
    this.#restart(this.journal)
  }

  /** It dies while it writes a turn of which this many records are whole; nothing of it was sent. */
  crashInTurn(whole: number): void {
    this.journal.push(...takeTurn(this.owner).records.slice(0, whole))
    this.#restart(this.journal)
  }

  /** Only the newest segment can be read. */
  crashWithOldSegmentsGone(): void {
    const newest = this.journal.findLastIndex((record) => record.k === 'header')
    if (newest > 0) this.mayFork = true
    this.rescued.push(...piecesOfPrograms(this.journal.slice(0, newest)))
    this.#restart(this.journal.slice(newest))
  }

  /** Another worker opens the journal; the connections don't notice. */
  move(): void {
    this.turn()
    this.owner = restored(this.journal)
  }

  #restart(journal: readonly JournalRecord[]): void {
    for (const tab of this.tabs) this.drop(tab)
    this.ghosts = []
    this.journal = [...journal]
    this.owner = restored(journal)
    this.onRestart()
  }

  /** Connects everybody and moves everything along until nothing moves. */
  settle(): void {
    while (this.kept.length > 0) this.adopt()
    for (const ghost of this.ghosts) while (this.ghosts.includes(ghost)) this.haunt(ghost)
    for (const tab of this.tabs) {
      this.catchUp(tab)
      this.connect(tab)
    }
    for (let round = 0; round < 10_000; round++) {
      for (const tab of this.tabs) {
        this.flush(tab)
        while (tab.up.length > 0) this.deliverUp(tab)
      }
      this.turn()
      for (const tab of this.tabs) while (tab.down.length > 0) this.deliverDown(tab)
      if (this.tabs.every(isQuiet)) return
    }
    throw new Error('does not settle')
  }
}

/** Text of other programs that found no place: it is told to nobody, and stands in its item. */
function* piecesOfPrograms(records: readonly JournalRecord[]): Iterable<string> {
  const programs = new Set<number>()
  for (const record of records) {
    if (record.k === 'header') programs.clear()
    if (record.k === 'author' && record.account === '') programs.add(record.i)
    if (record.k !== 'item' || !programs.has(record.by)) continue
    for (const op of record.c) if (op[0] === 'r') yield op[2]
  }
}

/** The editors show changes that came together. */
export function show(tab: Tab, viewChanges: readonly ViewChange[]): void {
  for (const { part, changes } of viewChanges.flatMap((change) => change.texts))
    tab.editors.set(part, changes.apply(tab.editors.get(part) ?? textOf(tab.client.base, '?')))
  dropDeadEditors(tab)
}

export function editorsOf(state: DocumentState): Map<string, Text> {
  return new Map(state.texts.entries())
}

function isQuiet({ up, client }: Tab): boolean {
  return (
    up.length === 0 &&
    client.phase === 'live' &&
    client.stack.length === 0 &&
    client.buffer.length === 0
  )
}

/** As they come from a file. */
function restored(journal: readonly JournalRecord[]): Owner {
  const lines = journal.map((record) => JSON.stringify(record))
  return restoreOwner(lines.map((line): JournalRecord => JSON.parse(line)))
}

export function dropDeadEditors(tab: Tab): void {
  const alive = new Set(cellsOf(tab.client.view, 'cells'))
  for (const part of tab.editors.keys()) {
    const cell = cellOf(part)
    if (cell !== undefined && !alive.has(cell)) tab.editors.delete(part)
  }
}

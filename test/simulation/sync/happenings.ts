import { ChangeSet } from '@codemirror/state'

import { acknowledgement, check, presence } from '../../../src/sync/client-local.ts'
import { commitAs, trimHistory } from '../../../src/sync/commit.ts'
import type { DocumentState } from '../../../src/sync/document-state.ts'
import { cellsOf, textOf } from '../../../src/sync/document-state.ts'
import { Disk } from './disk.ts'
import { People } from './people.ts'
import type { Random } from './random.ts'
import type { Tab, World } from './world.ts'
import { wholeOffset } from './characters.ts'

/** The owner's memory after a trim. */
const HISTORY_KEPT = 12

/** How often each happens when it happens at all in a schedule, beside typing and messages going their way. */
const DISTURBANCES = {
  undo: 8,
  reconnect: 4,
  overtake: 2,
  hub: 1,
  offline: 1,
  stall: 1.5,
  slow: 2,
  reload: 1,
  close: 0.7,
  open: 0.7,
  role: 0.6,
  crash: 0.4,
  torn: 0.3,
  worker: 0.6,
  segment: 0.5,
  oldSegmentsGone: 0.15,
  trim: 0.3,
  disk: 3,
  staleDisk: 1,
  save: 2,
  output: 1,
} as const

export type Disturbance = keyof typeof DISTURBANCES

export const ALL_DISTURBANCES = Object.keys(DISTURBANCES) as readonly Disturbance[]

const EVERY_DAY = { act: 35, flush: 13, up: 17, turn: 7, down: 18, idle: 2, haunt: 2 }

type Happening = Disturbance | keyof typeof EVERY_DAY

/** All that happens to a world, in a random order: each schedule has its own choice of disturbances. */
export class Happenings {
  readonly world: World
  readonly people: People
  readonly disk: Disk
  readonly happened = new Map<Happening, number>()
  readonly #random: Random
  readonly #weights: (readonly [Happening, number])[]
  readonly #total: number
  readonly #reorders: boolean
  #step = 0
  #outputs = 0

  constructor(world: World, random: Random, without: readonly Disturbance[] = []) {
    this.world = world
    this.disk = new Disk(world)
    this.#random = random
    const drawn = ALL_DISTURBANCES.filter((kind) => random.chance(0.5) && !without.includes(kind))
    // What undo brings back can't be told from what a program read, and an older file only as long as it is known.
    const clouds: readonly Disturbance[] = ['undo', 'trim', 'oldSegmentsGone']
    const isClear = !drawn.some((kind) => clouds.includes(kind))
    const chosen = drawn.filter((kind) => kind !== 'staleDisk' || isClear)
    // Not across lives of the owner, who number authors anew: a resume and its answer stand between them.
    this.#reorders = !chosen.includes('worker')
    // One line break is like another: where a program read an older file, it can't be told which one it kept.
    this.people = new People(random, { breaksLines: !chosen.includes('staleDisk') })
    this.#weights = [
      ...Object.entries(EVERY_DAY).map(([kind, weight]) => [kind as Happening, weight] as const),
      ...chosen.map((kind) => [kind, DISTURBANCES[kind]] as const),
    ]
    this.#total = this.#weights.reduce((sum, [, weight]) => sum + weight, 0)
  }

  step(): void {
    this.#step++
    const tab = this.#random.pick(this.world.tabs)
    const kind = this.#pick()
    if (!tab) return this.#open()
    this.happened.set(kind, (this.happened.get(kind) ?? 0) + 1)
    this.#happen(kind, tab)
  }

  #pick(): Happening {
    let left = this.#random.below(this.#total * 100) / 100
    for (const [kind, weight] of this.#weights) {
      left -= weight
      if (left < 0) return kind
    }
    return 'act'
  }

  #happen(kind: Happening, tab: Tab): void {
    const { world } = this
    switch (kind) {
      case 'act':
        return this.people.act(tab)
      case 'flush':
        return world.flush(tab)
      case 'up':
        return this.#moveUp(tab)
      case 'turn':
        return void world.turn()
      case 'down':
        return this.#moveDown(tab)
      case 'idle':
        return this.#idle(tab)
      case 'haunt': {
        const ghost = this.#random.pick(world.ghosts)
        return ghost && world.haunt(ghost)
      }
      case 'crash':
      case 'torn':
      case 'worker':
      case 'segment':
      case 'oldSegmentsGone':
      case 'trim':
        return this.#disturbOwner(kind)
      case 'disk':
      case 'staleDisk':
      case 'save':
      case 'output':
        return this.#write(kind)
      default:
        return this.#disturb(kind, tab)
    }
  }

  #disturb(
    kind: Exclude<
      Disturbance,
      'crash' | 'torn' | 'worker' | 'segment' | 'oldSegmentsGone' | 'trim'
    >,
    tab: Tab,
  ): void {
    const { world } = this
    switch (kind) {
      case 'undo':
        return this.people.takeBack(tab)
      case 'reconnect':
        if (tab.connection !== undefined && this.#random.chance(0.5)) return world.drop(tab)
        return this.#connect(tab)
      case 'overtake':
        world.loseTouch(tab)
        return this.#connect(tab)
      case 'hub':
        for (const other of world.tabs) {
          if (this.#random.chance(0.5)) continue
          if (this.#random.chance(0.5)) world.loseTouch(other)
          else world.drop(other)
          if (this.#random.chance(0.8)) this.#connect(other)
        }
        return
      case 'offline':
        world.loseTouch(tab)
        tab.offlineUntil = this.#step + 20 + this.#random.below(100)
        return
      case 'stall':
        tab.stalledUntil = this.#step + 10 + this.#random.below(60)
        return
      case 'slow':
        return tab.behind === undefined ? world.leaveOut(tab) : world.catchUp(tab)
      case 'role':
        tab.canEdit = !tab.canEdit
        return
      case 'reload':
        world.close(tab)
        return world.adopt()
      case 'close':
        return world.close(tab)
      case 'open':
        return this.#open()
      default:
        return undefined
    }
  }

  #open(): void {
    if (this.world.kept.length > 0) return this.world.adopt()
    if (this.world.tabs.length < 4) this.world.addTab()
  }

  #connect(tab: Tab): void {
    if (this.#step >= tab.offlineUntil) this.world.connect(tab)
  }

  #moveUp(tab: Tab): void {
    if (this.#step < tab.stalledUntil) return
    const first = tab.up[0]
    // Twice, or the second before the first: what only a broken relay does.
    if (first && this.#random.chance(0.05)) this.world.give(tab, first)
    if (this.#reorders && tab.up.length > 1 && this.#random.chance(0.03)) tab.up.reverse()
    if (this.#random.chance(0.02)) tab.up.shift()
    this.world.deliverUp(tab)
  }

  #moveDown(tab: Tab): void {
    if (this.#step < tab.stalledUntil) return
    const first = tab.down[0]
    if (first && this.#random.chance(0.05)) this.world.take(tab, first)
    if (this.#reorders && tab.down.length > 1 && this.#random.chance(0.03)) tab.down.reverse()
    const burst = this.#random.chance(0.1) ? tab.down.length : 1
    for (let count = 0; count < burst; count++) this.world.deliverDown(tab)
  }

  /** What a page sends when nobody types. */
  #idle(tab: Tab): void {
    if (tab.connection === undefined) return
    const send = this.#random.pick([acknowledgement, check])?.(tab.client)
    if (send) tab.up.push(send)
    const where = presence(tab.client, this.#random.below(10))
    if (where) tab.up.push(where)
  }

  #disturbOwner(kind: 'crash' | 'torn' | 'worker' | 'segment' | 'oldSegmentsGone' | 'trim'): void {
    const { world } = this
    switch (kind) {
      case 'crash':
        return world.crash()
      case 'torn':
        return world.crashInTurn(this.#random.below(4))
      case 'worker':
        return world.move()
      case 'segment':
        return world.beginSegment()
      case 'oldSegmentsGone':
        return world.crashWithOldSegmentsGone()
      case 'trim':
        if (world.owner.history.length > HISTORY_KEPT) world.mayFork = true
        return trimHistory(world.owner, HISTORY_KEPT)
    }
  }

  #write(kind: 'disk' | 'staleDisk' | 'save' | 'output'): void {
    if (kind === 'output') return this.#runOutput()
    if (kind === 'save') return this.save()
    const { disk } = this
    // Programs only add here: what one leaves out it may have deleted, or never read, and it can't be told which. The
    // tests of disk.ts are about those.
    const older = disk.read.filter((state) => state.texts.size > 0)
    const from = kind === 'staleDisk' ? this.#random.pick(older) : disk.file
    if (from) disk.write(from, this.#edited(from))
    // What another program wrote meanwhile is gone from the disk, and so from the document.
    if (kind === 'staleDisk') this.people.characters.overwrite('disk', disk.file)
    if (this.#random.chance(0.5) && !disk.look()) this.save()
  }

  save(): void {
    const beside = this.disk.save()
    for (const [, text] of beside?.texts.entries() ?? [])
      this.people.characters.erase(text.sliceString(0))
  }

  #edited(from: DocumentState) {
    const cell = this.#random.pick(cellsOf(from, 'cells'))
    const part = cell === undefined || this.#random.chance(0.6) ? '' : `${cell}.input`
    const text = textOf(from, part)
    const at = wholeOffset(from, part, this.#random.below(text.length + 1))
    const insert = this.people.characters.make('disk')
    return [['t', part, ChangeSet.of({ from: at, insert }, text.length)] as const]
  }

  #runOutput(): void {
    const { owner } = this.world
    const cell = this.#random.pick(cellsOf(owner.state, 'cells'))
    if (cell === undefined) return
    const run = { sid: 'runs', accountId: '', name: 'Sage' }
    const id = `run${++this.#outputs}`
    const at = this.world.now()
    commitAs(owner, run, [['c', `${cell}.output`, id]], { at })
    commitAs(owner, run, [['a', `${cell}.output`, id, 0, ['out']]], { at })
  }
}

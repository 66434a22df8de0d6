import { ChangeSet } from '@codemirror/state'

import { localChange } from '../../../src/sync/client-local.ts'
import { stateOfText, stringOf, textOf } from '../../../src/sync/document-state.ts'
import type { Edit } from '../../../src/sync/edit.ts'
import { viewChange } from '../../../src/sync/view-change.ts'
import { show, World } from '../../simulation/sync/world.ts'
import type { Tab } from '../../simulation/sync/world.ts'

/** A world with a text and two people in it. */
export function pair(text: string): { world: World; anna: Tab; bert: Tab } {
  const world = new World(stateOfText(text), 2)
  const [anna, bert] = world.tabs
  if (!anna || !bert) throw new Error('two tabs were asked for')
  world.settle()
  return { world, anna, bert }
}

/** Replaces [from, to) of the plain text, in the editor and the document. */
export function type(
  tab: Tab,
  change: { from: number; to?: number; insert?: string },
  undo: 'new' | 'join' | 'none' = 'new',
): void {
  const { length } = textOf(tab.client.view, '')
  const changes = ChangeSet.of(change, length, '\n')
  act(tab, [['t', '', changes]], undo)
}

/** In the editors and the document. */
export function act(tab: Tab, edit: Edit, undo: 'new' | 'join' | 'none' = 'new'): void {
  const before = tab.client.view
  localChange(tab.client, edit, { undo })
  show(tab, [viewChange(edit, undefined, before)])
}

/** What each editor shows, and what the owner has. */
export function shown(world: World): string[] {
  return [
    ...world.tabs.map((tab) => tab.editors.get('')?.sliceString(0) ?? ''),
    stringOf(world.owner.state, ''),
  ]
}

/** All messages of all connected tabs, to the end, without new connections. */
export function move(world: World): void {
  for (let round = 0; round < 4; round++) {
    for (const tab of world.tabs) {
      world.flush(tab)
      while (tab.up.length > 0) world.deliverUp(tab)
    }
    world.turn()
    for (const tab of world.tabs) while (tab.down.length > 0) world.deliverDown(tab)
  }
}

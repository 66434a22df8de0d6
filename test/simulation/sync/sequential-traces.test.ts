import { existsSync, readFileSync } from 'node:fs'
import { performance } from 'node:perf_hooks'
import { gunzipSync } from 'node:zlib'

import { EditorState } from '@codemirror/state'
import type { ChangeSpec } from '@codemirror/state'
import { expect, test } from 'vitest'

import { localChange } from '../../../src/sync/client-local.ts'
import { stateOfText, stringOf } from '../../../src/sync/document-state.ts'
import { isLongRun } from '../../support/long.ts'
import { World } from './world.ts'

/** Recorded sessions (josephg/editing-traces, CC BY 4.0), outside the repository. */
const FOLDER =
  process.env['SALVUS_TRACES'] ??
  new URL('../../../../shared/data/traces/', import.meta.url).pathname

/** Transactions played, unless SALVUS_LONG plays them all. */
const TRANSACTIONS = isLongRun ? Infinity : 3000

/** A page sends what was typed in so many transactions at once: at most every 50 ms. */
const SENT_TOGETHER = 3

interface Trace {
  readonly startContent: string
  readonly endContent: string
  readonly txns: readonly {
    readonly patches: readonly (readonly [position: number, deleted: number, inserted: string])[]
  }[]
}

const NAMES = ['automerge-paper', 'rustcode', 'sveltecomponent', 'friendsforever_flat']

for (const name of NAMES) {
  const path = `${FOLDER}${name}.sequential_traces.gz`
  const isThere = existsSync(path)
  const title = `${name}: what was typed in an editor, as recorded, comes to the owner and to another page`
  test.skipIf(!isThere)(
    isThere ? title : `${title} (no ${path}; set SALVUS_TRACES)`,
    { timeout: 20 * 60_000 },
    () => {
      const trace: Trace = JSON.parse(gunzipSync(readFileSync(path)).toString())
      const played = Math.min(TRANSACTIONS, trace.txns.length)
      const start = performance.now()
      const { typed, world } = play(trace, played)
      const microseconds = (1000 * (performance.now() - start)) / played
      console.log(`${name}: ${played} transactions, ${microseconds.toFixed(0)} us each, all sides`)
      expect(stringOf(world.owner.state, '')).toBe(typed)
      for (const tab of world.tabs) expect(tab.editors.get('')?.sliceString(0)).toBe(typed)
      if (played === trace.txns.length) expect(typed).toBe(trace.endContent)
    },
  )
}

/** The first page has an editor's state, whose transactions are given to the client as they are. */
function play(trace: Trace, count: number): { typed: string; world: World } {
  const world = new World(stateOfText(trace.startContent), 2)
  world.settle()
  const [writer, reader] = world.tabs
  if (!writer || !reader) throw new Error('two tabs were asked for')
  let editor = EditorState.create({
    doc: trace.startContent,
    extensions: EditorState.lineSeparator.of('\n'),
  })
  for (let index = 0; index < count; index++) {
    for (const [from, deleted, insert] of trace.txns[index]?.patches ?? []) {
      const change: ChangeSpec = { from, to: from + deleted, insert }
      const transaction = editor.update({ changes: change })
      localChange(writer.client, [['t', '', transaction.changes]], { undo: 'new' })
      editor = transaction.state
    }
    writer.editors.set('', editor.doc)
    if (index % SENT_TOGETHER !== 0) continue
    world.flush(writer)
    while (writer.up.length > 0) world.deliverUp(writer)
    world.turn()
    for (const tab of [writer, reader]) {
      while (tab.down.length > 0) world.deliverDown(tab)
      tab.updates.length = 0
    }
  }
  world.settle()
  return { typed: editor.doc.sliceString(0, undefined, '\n'), world }
}

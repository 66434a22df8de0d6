import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { ChangeSet } from '@codemirror/state'
import { describe, expect, test, vi } from 'vitest'

import { DocumentJournal } from '../../../../src/local-hub/documents/document-journal.ts'
import { JournalFolder } from '../../../../src/local-hub/documents/journal-folder.ts'
import { savedAtHead } from '../../../../src/local-hub/documents/journal-saved.ts'
import { SessionJournal } from '../../../../src/local-hub/documents/session-journal.ts'
import type { DocumentDurability } from '../../../../src/messages/documents.ts'
import { connect } from '../../../../src/sync/client-local.ts'
import { createClient } from '../../../../src/sync/client.ts'
import { commitAs } from '../../../../src/sync/commit.ts'
import { savedBase } from '../../../../src/sync/disk.ts'
import { stateOfText, textOf } from '../../../../src/sync/document-state.ts'
import { createOwner } from '../../../../src/sync/open-owner.ts'
import { receiveAtOwner } from '../../../../src/sync/receive.ts'
import { temporaryDirectory } from '../../../support/temporary-directory.ts'

const until = (holds: () => boolean): Promise<unknown> =>
  vi.waitFor(() => expect(holds()).toBe(true), { timeout: 20_000, interval: 1 })

const ADA = { sid: 'ada', accountId: 'account', name: 'Ada' }

/** A document with somebody who has joined, whose flushes wait until the test lets one go. */
async function journaled(durability: DocumentDurability) {
  const folder = join(await temporaryDirectory(), 'journal')
  const owner = createOwner({ term: 1, state: stateOfText('') })
  const base = savedBase(owner, 'hash')
  const flushes: ((error?: Error) => void)[] = []
  const failures: string[] = []
  let sent = 0
  const sink: JournalFolder = new JournalFolder(folder, {
    onFlushError: (error) => session.flushFailed(error),
    flushFile: () =>
      new Promise((resolve, reject) => {
        flushes.push((error) => (error ? reject(error) : resolve()))
      }),
  })
  const session: SessionJournal = new SessionJournal({
    owner,
    journal: new DocumentJournal(sink, []),
    durability,
    saved: () => savedAtHead(owner, base, 0),
    send: ({ upTo }) => {
      if (upTo !== undefined) sent++
    },
    onFailed: (message) => failures.push(message),
    onTurn: () => undefined,
    onDiverged: () => undefined,
  })
  const type = (text: string): void => {
    const { length } = textOf(owner.state, '')
    commitAs(owner, ADA, [['t', '', ChangeSet.of({ from: length, insert: text }, length)]], {
      at: 0,
    })
    session.endTurn()
  }
  session.beginFirst()
  const client = createClient('ben')
  const person = { accountId: 'b', name: 'Ben', canEdit: true }
  for (const bytes of connect(client)) {
    receiveAtOwner(owner, { connection: '1', person }, bytes, 0)
  }
  session.endTurn()
  return { folder, owner, sink, session, type, flushes, failures, sent: () => sent }
}

/** Lets flushes go, one after the other, until this holds. */
async function flushUntil(flushes: (() => void)[], holds: () => boolean): Promise<void> {
  await until(() => {
    flushes.shift()?.()
    return holds()
  })
}

describe('a turn of a document', () => {
  test('is sent once it is in the journal’s file', async () => {
    const { type, sent, flushes, session } = await journaled('process')
    const before = sent()
    type('a')
    expect(sent()).toBe(before + 1)
    const closed = session.close()
    let isClosed = false
    void closed.then(() => (isClosed = true))
    await flushUntil(flushes, () => isClosed)
  })

  test('with `power` is not sent before it is on the disk; those that wait share a flush', async () => {
    const { type, sent, flushes, session, folder, sink } = await journaled('power')
    const before = sent()
    for (const character of 'abc') type(character)
    let kept = false
    void session.written().then(() => (kept = true))
    await until(() => flushes.length > 0)
    // In the file, on no disk.
    expect(
      new JournalFolder(folder, { onFlushError: () => undefined }).resume(new Date()),
    ).toMatchObject({
      lastVersion: 3,
    })
    expect([sent(), kept]).toEqual([before, false])
    const flushed = flushes.length
    await flushUntil(flushes, () => kept)
    expect(flushed).toBe(1)
    expect(sent()).toBe(before + 3)
    expect(sink.failed).toBe(false)
  })

  test('whose flush fails is not sent: it goes out with a new segment', async () => {
    const { type, sent, flushes, session, folder, failures } = await journaled('power')
    await flushUntil(flushes, () => flushes.length === 0)
    const before = sent()
    type('a')
    await until(() => flushes.length > 0)
    type('b')
    flushes.shift()?.(Object.assign(new Error('broken'), { code: 'EIO' }))
    await until(() => failures.length > 0)
    expect(sent()).toBe(before)
    // As the document's file does, a while later.
    session.endTurn()
    await flushUntil(flushes, () => sent() === before + 2)
    expect(readdirSync(folder).sort()).toEqual(['000000000000.journal', '000000000002.journal'])
  })
})

describe('a segment', () => {
  test('is closed by a snapshot while the disk is behind for hours, and knows what is on the disk', async () => {
    const { type, folder } = await journaled('process')
    for (let n = 0; n < 4500; n++) type(`${n} `)
    expect(readdirSync(folder).sort()).toEqual([
      '000000000000.journal',
      '000000002000.journal',
      '000000004000.journal',
    ])
    const again = new JournalFolder(folder, { onFlushError: () => undefined })
    const base = again.resume(new Date()).records.findLast(({ k }) => k === 'base')
    expect(base).toMatchObject({ v: 4000, hash: 'hash', state: { texts: [] } })
  })
})

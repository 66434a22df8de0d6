import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'

import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import type { ProjectId } from '../../../src/messages/ids.ts'
import { randomOf } from '../../simulation/sync/random.ts'
import { CuttingProxy } from '../../support/cutting-proxy.ts'
import { type DocumentPage, type Tamper, wordsOf } from '../../support/document-page.ts'
import { type RelayPlace, startRelayPlace } from '../../support/relay-place.ts'
import { until } from '../../support/until.ts'

/** Real hub, local hub and worker; what lies between them and the page does what lines do. */
let place: RelayPlace
let project: ProjectId

beforeAll(async () => {
  place = await startRelayPlace()
  project = place.newProject()
})
afterAll(async () => place?.[Symbol.asyncDispose]())

const open = (path: string, options: { port?: number } = {}): Promise<DocumentPage> =>
  place.openPage({ project, path }, options)

const relayPort = (): number => Number(new URL(place.relay.url).port)

const numbered = (word: string, count: number): string[] =>
  Array.from({ length: count }, (_each, n) => `${word}${n}`)

async function untilSame(pages: readonly DocumentPage[]): Promise<string> {
  const isSame = (): boolean =>
    pages.every((page) => page.pending === 0 && page.text === pages[0]?.text)
  await until('the same everywhere', async () => isSame(), Boolean, 60_000)
  return pages[0]?.text ?? ''
}

describe('case 8: acknowledgements and frames', () => {
  test('case 8: an acknowledgement that is lost with its connection doubles nothing', async () => {
    await using proxy = await CuttingProxy.start(relayPort())
    const ann = await open('acknowledgement.txt', { port: proxy.port })
    const ben = await open('acknowledgement.txt')
    for (const word of numbered('a', 10)) {
      proxy.swallowsAnswers = true
      ann.type(`${word} `)
      // Committed, which ann never hears.
      await ben.until(() => ben.text.includes(word))
      expect(ann.pending).toBe(1)
      proxy.cut()
      ann.disconnect()
      proxy.swallowsAnswers = false
      await ann.comeBack()
      await ann.acknowledged()
    }
    expect(wordsOf(await untilSame([ann, ben]))).toEqual(numbered('a', 10).toSorted())
    expect(ann.problems).toEqual([])
  })

  const random = randomOf(8)
  const held: Uint8Array[] = []
  const FAULTS: Readonly<Record<string, Tamper>> = {
    doubled: (payload) => [payload, payload],
    lost: (payload) => (random.chance(0.3) ? [] : [payload]),
    reordered(payload) {
      held.push(payload)
      return held.length < 3 && random.chance(0.5) ? [] : held.splice(0).toReversed()
    },
    'cut off': (payload) =>
      random.chance(0.2) ? [payload.subarray(0, random.below(payload.length))] : [payload],
  }

  test.each(
    Object.keys(FAULTS).flatMap((fault) => [
      [fault, 'up'],
      [fault, 'down'],
    ]),
  )('case 8: frames %s on the way %s', async (fault, way) => {
    const path = `${fault.replace(' ', '-')}-${way}.txt`
    const ann = await open(path)
    const ben = await open(path)
    const tamper = FAULTS[fault] ?? ((payload) => [payload])
    if (way === 'up') ann.tamperUp = tamper
    else ann.tamperDown = tamper
    for (const n of numbered('', 30)) {
      ann.type(`a${n} `)
      ben.type(`b${n} `, 0)
      await ben.acknowledged()
    }
    held.length = 0
    ann.tamperUp = (payload) => [payload]
    ann.tamperDown = (payload) => [payload]
    ann.disconnect()
    await ann.comeBack()
    const text = await untilSame([ann, ben])
    const typed = [...numbered('a', 30), ...numbered('b', 30)].toSorted()
    expect([wordsOf(text), ann.rescued]).toEqual([typed, []])
  })
})

describe('case 9: lines that are cut', () => {
  test('case 9: two tabs of one person behind a proxy that cuts again and again, and a storm of abnormal closes', async () => {
    await using proxy = await CuttingProxy.start(relayPort())
    const one = await open('storm.txt', { port: proxy.port })
    const two = await place.openPage(
      { project, path: 'storm.txt' },
      { port: proxy.port, person: one.person },
    )
    const tabs = [one, two]
    const staysConnected = async (tab: DocumentPage, words: readonly string[]): Promise<void> => {
      for (const word of words) {
        tab.type(`${word} `)
        await new Promise((resolve) => {
          setImmediate(resolve)
        })
        if (!tab.tab.socket.closed) continue
        tab.disconnect()
        await tab.comeBack()
      }
    }
    proxy.cutEvery(100)
    await Promise.all(
      tabs.map((tab, index) => staysConnected(tab, numbered(index === 0 ? 'a' : 'b', 300))),
    )
    proxy.stopCutting()
    // And then a storm: forty closes as fast as they can be made.
    for (let close = 0; close < 40; close++) {
      one.type(`s${close} `)
      proxy.cut()
      one.disconnect()
      await one.connect()
    }
    for (const tab of tabs) {
      tab.disconnect()
      await tab.comeBack()
    }
    const typed = [...numbered('a', 300), ...numbered('b', 300), ...numbered('s', 40)]
    expect(wordsOf(await untilSame(tabs))).toEqual(typed.toSorted())
    expect(proxy.cuts).toBeGreaterThan(40)
    expect(tabs.flatMap(({ problems }) => problems)).toEqual([])
  })
})

test('case 20: a text that was changed on the way is found, both variants are kept, and typing goes on', async () => {
  const ann = await open('diverged.txt')
  const ben = await open('diverged.txt')
  ann.type('first ')
  await ben.until(() => ben.text === 'first ')
  // Bad memory: what ann is told has another letter than what the others have.
  ann.tamperDown = (payload) => {
    const at = Buffer.from(payload).indexOf('wrong')
    if (at === -1) return [payload]
    const other = payload.slice()
    other[at] = 'W'.charCodeAt(0)
    return [other]
  }
  ben.type('wrong ')
  await ann.until(() => /wrong/i.test(ann.text))
  ann.tamperDown = (payload) => [payload]
  ann.type('after ')
  await ann.until(() => ann.problems.length > 0 && ann.pending === 0)
  expect(await untilSame([ann, ben])).toBe('first wrong after ')
  expect(ann.problems).toEqual(['mismatch'])
  const history = join(place.dirOf(project), '.salvus', 'history')
  // Frames that are cut off, above, may make other documents differ.
  const kept = await until(
    'a file with both texts',
    async () => {
      const names = await readdir(history, { recursive: true })
      const files = names.filter((name) => name.includes('diverged-'))
      return Promise.all(files.map((name) => readFile(join(history, name), 'utf8')))
    },
    (texts) => texts.some((text) => text.includes('first wrong') && text.includes('first Wrong')),
  )
  expect(kept.filter((text) => text.includes('first Wrong'))).toHaveLength(1)
})

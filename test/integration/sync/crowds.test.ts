import { afterAll, beforeAll, expect, test } from 'vitest'

import { encodeChannelBody, encodeBinaryFrame } from '../../../src/messages/frames.ts'
import type { ProjectId } from '../../../src/messages/ids.ts'
import { PROTOCOL_VERSION } from '../../../src/messages/version.ts'
import { type DocumentPage, wordsOf } from '../../support/document-page.ts'
import { type RelayPlace, startRelayPlace } from '../../support/relay-place.ts'
import { until } from '../../support/until.ts'

/** How many pages are opened at once: what a class does, without filling the queues of one machine. */
const AT_ONCE = 20

let place: RelayPlace
let project: ProjectId

beforeAll(async () => {
  place = await startRelayPlace()
  project = place.newProject()
})
afterAll(async () => place?.[Symbol.asyncDispose]())

const open = (path: string): Promise<DocumentPage> => place.openPage({ project, path })

async function untilSame(pages: readonly DocumentPage[], words: number): Promise<string> {
  const text = (): string => pages[0]?.text ?? ''
  const isSame = (): boolean =>
    wordsOf(text()).length === words &&
    pages.every((page) => page.pending === 0 && page.text === text())
  await until('the same everywhere', async () => isSame(), Boolean, 90_000)
  return text()
}

/** Letters of one person's own, in the order of their typing. */
const FIRST_LETTER = 0x4e00
const LETTERS = 30
const ownLetters = (person: number): string =>
  Array.from({ length: LETTERS }, (_each, n) =>
    String.fromCodePoint(FIRST_LETTER + person * LETTERS + n),
  ).join('')

test('case 15: ten people type at one place of one line, and all their letters are there once and in order', async () => {
  const pages = await Promise.all(Array.from({ length: 10 }, () => open('one-line.txt')))
  pages[0]?.type('begin end')
  await untilSame(pages, 2)
  for (let n = 0; n < LETTERS; n++) {
    for (const [person, page] of pages.entries()) {
      const letter = ownLetters(person)[n] ?? ''
      // All begin at the same place; then each types on behind the letter before.
      const before = ownLetters(person)[n - 1]
      page.type(letter, before === undefined ? 6 : page.text.indexOf(before) + 1)
    }
    await new Promise((resolve) => {
      setImmediate(resolve)
    })
  }
  const text = await untilSame(pages, 2)
  for (const [person] of pages.entries()) {
    const mine = [...text].filter((letter) => ownLetters(person).includes(letter))
    expect(mine.join('')).toBe(ownLetters(person))
  }
  expect(text.length).toBe('begin end'.length + 10 * LETTERS)
  expect(pages.flatMap(({ problems }) => problems)).toEqual([])
})

test('case 15: 200 watch and 40 of them type', { timeout: 180_000 }, async () => {
  const pages: DocumentPage[] = []
  while (pages.length < 200) {
    const more = Array.from({ length: AT_ONCE }, () => open('class.txt'))
    pages.push(...(await Promise.all(more)))
  }
  const typed: string[] = []
  for (let round = 0; round < 3; round++) {
    for (const [index, page] of pages.slice(0, 40).entries()) {
      const word = `w${index}.${round}`
      page.type(`${word} `, round === 1 ? 0 : undefined)
      typed.push(word)
    }
    await untilSame(pages, typed.length)
  }
  expect(wordsOf(pages[199]?.text ?? '')).toEqual(typed.toSorted())
  expect(pages.flatMap(({ problems }) => problems)).toEqual([])
})

test('case 17: messages of a newer client are answered or ignored, and its typing goes on', async () => {
  const newer = await open('versions.txt')
  const other = await open('versions.txt')
  const { tab } = newer
  const hello = { version: PROTOCOL_VERSION + 1, build: 'newer', unheardOf: { of: 1 } }
  expect(await tab.request(0, 'hello', hello)).toMatchObject({ version: PROTOCOL_VERSION })
  await expect(tab.request(tab.route, 'unheard_of', {})).rejects.toThrow('unknown_event')
  await expect(tab.request(0, 'unheard_of', {})).rejects.toThrow('unknown_event')
  // A kind of message that this owner does not know, on the document's own channel.
  const unknown = Uint8Array.of(99, 1, 2, 3)
  tab.socket.send(encodeBinaryFrame(tab.route, encodeChannelBody(tab.channel, unknown)))
  newer.type('newer ')
  await newer.acknowledged()
  await other.until(() => other.text === 'newer ')
  expect(newer.problems).toEqual([])
})

test('case 17: a newer server’s unknown messages change nothing in a page', async () => {
  const page = await open('older.txt')
  page.tamperDown = (payload) => [Uint8Array.of(99, 1, 2, 3), payload]
  page.type('older ')
  await page.acknowledged()
  expect([page.text, page.problems]).toEqual(['older ', []])
})

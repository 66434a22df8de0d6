import { execFile } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { promisify } from 'node:util'

import { describe, expect, test, vi } from 'vitest'

import { DocumentEditor } from '../../support/document-editor.ts'
import { temporaryDirectory } from '../../support/temporary-directory.ts'
import { openTestDocuments } from '../../support/test-documents.ts'

const run = promisify(execFile)
const DEADLINE = { timeout: 60_000, interval: 20 }

const LINES = Array.from({ length: 60 }, (_each, n) => `line ${n} of a file that people share`)

/** Everybody, and the file, have the same text in the end. */
async function settled(file: string, ...people: DocumentEditor[]): Promise<string> {
  await vi.waitFor(async () => {
    const text = await readFile(file, 'utf8')
    for (const person of people) {
      expect(person.pending).toBe(0)
      expect(person.text).toBe(text)
    }
  }, DEADLINE)
  return readFile(file, 'utf8')
}

/** Types a word every few milliseconds while something else goes on. */
async function typing(person: DocumentEditor, name: string, until: Promise<unknown>) {
  const words: string[] = []
  const ended = new AbortController()
  const end = until.finally(() => ended.abort())
  while (!ended.signal.aborted) {
    const word = `<${name}${words.length}>`
    const lineEnd = person.text.indexOf('\n', (words.length * 97) % Math.max(1, person.text.length))
    person.type(word, { at: lineEnd === -1 ? person.text.length : lineEnd })
    words.push(word)
    await setTimeout(7)
  }
  await end
  return words
}

function timesIn(text: string, word: string): number {
  return text.split(word).length - 1
}

describe('case 14: programs change the file in a loop while people type', () => {
  test('case 14: sed -i in a loop: nothing typed is lost or doubled, and all its changes are there', async () => {
    const dir = await temporaryDirectory()
    const file = join(dir, 'a.txt')
    await writeFile(file, `${LINES.join('\n')}\n`)
    await using documents = await openTestDocuments(dir)
    const ann = await DocumentEditor.open(documents, 'a.txt', { id: 1 })
    const ben = await DocumentEditor.open(documents, 'a.txt', { id: 2 })
    const loop = async (): Promise<void> => {
      for (let n = 0; n < 60; n++) {
        await run('sed', ['-i', `s/^line ${n} of/line ${n} [sed] of/`, file])
        // Now and then a sed that changes nothing, and writes the file all the same.
        if (n % 4 === 0) await run('sed', ['-i', 's/nothing like that/x/', file])
        await setTimeout(20)
      }
    }
    const looping = loop()
    const [anns, bens] = await Promise.all([typing(ann, 'a', looping), typing(ben, 'b', looping)])
    const text = await settled(file, ann, ben)
    const wrong = [...anns, ...bens].filter((word) => timesIn(text, word) !== 1)
    expect(wrong).toEqual([])
    expect(anns.length + bens.length).toBeGreaterThan(100)
    expect(timesIn(text, '[sed]')).toBe(60)
  })

  test('case 14: git checkout of two branches in a loop: the text is that of the branch, with what was typed since', async () => {
    const dir = await temporaryDirectory()
    const file = join(dir, 'a.txt')
    const git = (...all: string[]) =>
      run('git', ['-c', 'user.name=a', '-c', 'user.email=a@b', ...all], { cwd: dir })
    await writeFile(file, `${LINES.join('\n')}\n`)
    await writeFile(join(dir, '.gitignore'), '.salvus\n')
    await git('init', '-q', '-b', 'main')
    await git('add', '.')
    await git('commit', '-q', '-m', 'one')
    await git('checkout', '-q', '-b', 'other')
    await writeFile(file, `${LINES.map((line) => line.replace('people', 'OTHERS')).join('\n')}\n`)
    await git('commit', '-q', '-a', '-m', 'two')
    await git('checkout', '-q', 'main')
    await using documents = await openTestDocuments(dir)
    const ann = await DocumentEditor.open(documents, 'a.txt', { id: 1 })
    const ben = await DocumentEditor.open(documents, 'a.txt', { id: 2 })
    const loop = async (): Promise<void> => {
      for (let n = 0; n < 12; n++) {
        await git('checkout', '-q', '-f', n % 2 === 0 ? 'other' : 'main')
        await setTimeout(150)
      }
    }
    const looping = loop()
    await Promise.all([typing(ann, 'a', looping), typing(ben, 'b', looping)])
    await settled(file, ann, ben)
    // Put back on purpose, longer after it was replaced than any program takes to write what it read.
    await setTimeout(2_100)
    await git('checkout', '-q', '-f', 'other')
    await ann.until(() => timesIn(ann.text, 'OTHERS') === LINES.length)
    ann.type('<typed after>')
    const text = await settled(file, ann, ben)
    expect(timesIn(text, '<typed after>')).toBe(1)
    expect(timesIn(text, 'people')).toBe(0)
    expect(ann.problems).toEqual([])
  })

  test('case 14: a program that writes what it read three saves ago takes nothing back', async () => {
    const dir = await temporaryDirectory()
    const file = join(dir, 'a.txt')
    await writeFile(file, `${LINES.join('\n')}\n`)
    await using documents = await openTestDocuments(dir)
    const ann = await DocumentEditor.open(documents, 'a.txt', { id: 1 })
    const read = await readFile(file, 'utf8')
    for (const word of ['<first>', '<second>', '<third>']) {
      ann.type(word, { at: ann.text.indexOf('\n') })
      await ann.acknowledged()
      await documents.save(ann)
    }
    await writeFile(file, read.replace('line 40 of', 'line 40 [changed] of'))
    await ann.until(() => ann.text.includes('[changed]'))
    const text = await settled(file, ann)
    expect(text).toContain('<first><second><third>')
    expect(timesIn(text, '[changed]')).toBe(1)
  })
})

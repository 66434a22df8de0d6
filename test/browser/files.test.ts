import { randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'

import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { NO_BROWSER, screenshot } from '../support/browser.ts'
import { openFile } from '../support/steps.ts'
import { placeFile, startWorkplace, type Workplace } from '../support/workplace.ts'

const MEGABYTE = 1024 * 1024
const UPLOAD = randomBytes(5 * MEGABYTE)

/** Of what the page sends, pieces of at least this many bytes are an upload's. */
const CHUNK_BYTES_MIN = 10_000

/** The way from the page to the server: how much of an upload it lets through, and what it does then. */
interface Way {
  budgetBytes: number
  exhausted: (cut: () => void) => void
}

describe.skipIf(NO_BROWSER !== undefined)('files', () => {
  const way: Way = { budgetBytes: Infinity, exhausted: () => undefined }
  let place: Workplace

  beforeAll(async () => {
    place = await startWorkplace({
      async prepare({ page }) {
        await page.routeWebSocket(/.*/, (browserSide) => {
          const server = browserSide.connectToServer()
          browserSide.onMessage((message) => {
            if (message.length >= CHUNK_BYTES_MIN) way.budgetBytes -= message.length
            if (way.budgetBytes >= 0 || message.length < CHUNK_BYTES_MIN) server.send(message)
            else
              way.exhausted(() => {
                void server.close()
                void browserSide.close()
              })
          })
        })
      },
    })
  })

  afterAll(async () => place?.[Symbol.asyncDispose]())

  const upload = async (name: string): Promise<void> => {
    await place.ada.page
      .locator('input[type=file]')
      .setInputFiles({ name, mimeType: 'application/octet-stream', buffer: UPLOAD })
  }

  test('an upload whose connection is cut goes on where it was, and arrives whole', async () => {
    const { page } = place.ada
    let cuts = 0
    way.budgetBytes = 2 * MEGABYTE
    way.exhausted = (cut) => {
      cuts++
      way.budgetBytes = Infinity
      cut()
    }
    await upload('data.bin')
    const uploads = page.getByRole('region', { name: 'Uploads' })
    await uploads.getByText('uploaded', { exact: true }).waitFor({ timeout: 60_000 })
    expect(cuts).toBe(1)
    expect((await readFile(join(place.projectDir, 'data.bin'))).equals(UPLOAD)).toBe(true)
    await uploads.getByRole('button', { name: 'Clear list' }).click()
  })

  test('an upload that is cancelled leaves no file', async () => {
    const { page } = place.ada
    way.budgetBytes = MEGABYTE
    way.exhausted = () => undefined
    await upload('unwanted.bin')
    await page.getByRole('button', { name: 'Cancel upload of unwanted.bin' }).click()
    await page.getByText('cancelled', { exact: true }).waitFor()
    way.budgetBytes = Infinity
    await page.getByRole('button', { name: 'data.bin' }).first().waitFor()
    expect(await page.getByRole('button', { name: 'unwanted.bin', exact: true }).count()).toBe(0)
    await expect(readFile(join(place.projectDir, 'unwanted.bin'))).rejects.toThrow('ENOENT')
    await page.getByRole('button', { name: 'Clear list' }).click()
  })

  test('a file is downloaded from the origin of contents, byte for byte', async () => {
    const { page } = place.ada
    const download = page.waitForEvent('download')
    await page.getByRole('button', { name: 'Actions for data.bin' }).click()
    await page.getByRole('menuitem', { name: 'Download' }).click()
    const arrived = await download
    expect(new URL(arrived.url()).origin).not.toBe(new URL(place.salvus.url).origin)
    expect((await readFile(await arrived.path())).equals(UPLOAD)).toBe(true)
  })

  test('what is no text says so instead of showing it', async () => {
    const { page } = place.ada
    await openFile(page, 'data.bin')
    await page.getByRole('alert').filter({ hasText: 'a binary file' }).first().waitFor()
    await screenshot(page, 'files-01-binary')
    expect((await readFile(join(place.projectDir, 'data.bin'))).equals(UPLOAD)).toBe(true)
  })

  test('a text that is too large to edit says so', async () => {
    const { page } = place.ada
    await placeFile(place, 'huge.txt', 'a line of text\n'.repeat(1_500_000))
    await openFile(page, 'huge.txt')
    await page.getByRole('alert').filter({ hasText: 'open as text' }).first().waitFor()
    await screenshot(page, 'files-02-huge')
  })

  test('a worksheet that is none says so, and its bytes stay', async () => {
    const { page } = place.ada
    await placeFile(place, 'picture.sagews', UPLOAD.subarray(0, 4000))
    await openFile(page, 'picture.sagews')
    await page.getByRole('alert').filter({ hasText: 'a binary file' }).first().waitFor()
    await screenshot(page, 'files-03-no-worksheet')
    const bytes = await readFile(join(place.projectDir, 'picture.sagews'))
    expect(bytes.equals(UPLOAD.subarray(0, 4000))).toBe(true)
  })

  test('a deleted file comes back by Undo', async () => {
    const { page } = place.ada
    const row = page.getByRole('button', { name: 'Actions for data.bin' })
    await row.click()
    await page.getByRole('menuitem', { name: 'Delete' }).click()
    await row.waitFor({ state: 'detached' })
    await page.getByRole('button', { name: 'Undo' }).click()
    await row.waitFor()
    expect((await readFile(join(place.projectDir, 'data.bin'))).equals(UPLOAD)).toBe(true)
  })

  test('a deleted file comes back from the trash', async () => {
    const { page } = place.ada
    const row = page.getByRole('button', { name: 'Actions for data.bin' })
    await row.click()
    await page.getByRole('menuitem', { name: 'Delete' }).click()
    await row.waitFor({ state: 'detached' })
    await page.getByRole('button', { name: 'View' }).click()
    await page.getByRole('menuitem', { name: 'Trash' }).click()
    await screenshot(page, 'files-04-trash')
    await page.getByRole('button', { name: 'Restore data.bin' }).click()
    await page.getByText('The trash is empty').waitFor()
    await page.getByRole('button', { name: 'Back to files' }).click()
    await row.waitFor()
    expect((await readFile(join(place.projectDir, 'data.bin'))).equals(UPLOAD)).toBe(true)
  })

  test('nothing went wrong in the page but the cut', () => {
    expect(place.ada.errors.filter((error) => !error.includes('WebSocket'))).toEqual([])
  })
})

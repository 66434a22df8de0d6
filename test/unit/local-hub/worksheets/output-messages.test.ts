import { execFileSync } from 'node:child_process'
import { existsSync, writeFileSync } from 'node:fs'
import { truncate } from 'node:fs/promises'
import { join } from 'node:path'

import { describe, expect, it } from 'vitest'

import {
  documentMessage,
  flagsOf,
  removeTemporary,
} from '../../../../src/local-hub/worksheets/output-messages.ts'
import { BLOB_BYTES_MAX } from '../../../../src/messages/limits.ts'
import { temporaryDirectory } from '../../../support/temporary-directory.ts'

const sha256 = 'a'.repeat(64)
const putBlob = async (): Promise<{ sha256: string }> => ({ sha256 })

async function image(): Promise<{ path: string; message: Record<string, unknown> }> {
  const path = join(await temporaryDirectory(), 'a.svg')
  writeFileSync(path, '<svg/>')
  return { path, message: { file: { filename: 'a.svg', path, show: true, temporary: true } } }
}

describe('a message on its way into the document', () => {
  it('names a file by what the blob store calls it, and no path of this machine', async () => {
    const { path, message } = await image()
    const kept = await documentMessage(message, putBlob)
    expect(kept).toEqual({ file: { filename: 'a.svg', sha256, show: true } })
    await removeTemporary(message)
    expect(existsSync(path)).toBe(false)
    await removeTemporary(message)
  })

  it('says in the place of a file what is wrong with it', async () => {
    const { path, message } = await image()
    const away = (): Promise<never> => Promise.reject(new Error('the store is away'))
    expect(await documentMessage(message, away)).toMatchObject({
      file: { text: '"a.svg" can\'t be shown: the store is away' },
    })
    await truncate(path, BLOB_BYTES_MAX + 1)
    expect(JSON.stringify(await documentMessage(message, putBlob))).toContain('at most')
  })

  it('does not wait at a pipe that nobody writes to', async () => {
    const path = join(await temporaryDirectory(), 'pipe')
    execFileSync('mkfifo', [path])
    const message = { file: { filename: 'pipe', path, show: true, temporary: false } }
    expect(JSON.stringify(await documentMessage(message, putBlob))).toContain('not a file')
  })

  it('leaves any other message as it is', async () => {
    expect(await documentMessage({ stdout: 'x', unknown: [1] }, putBlob)).toEqual({
      stdout: 'x',
      unknown: [1],
    })
  })

  it('tells the flags that a message sets', () => {
    expect(flagsOf({ hide: 'input' })).toEqual([['input_hidden', true]])
    expect(flagsOf({ show: 'output' })).toEqual([['output_hidden', false]])
    expect(flagsOf({ auto: true })).toEqual([['auto', true]])
    expect(flagsOf({ stdout: 'hide' })).toEqual([])
  })
})

import { expect, it } from 'vitest'

import { isNews } from '../../../../src/local-hub/documents/disk-notices.ts'
import type { DocumentDisk } from '../../../../src/messages/documents.ts'

function disk(state: DocumentDisk['state'], readOnlyReason?: string): DocumentDisk {
  const readOnly = readOnlyReason !== undefined
  return { state, sinceMs: 0, readOnly, ...(readOnly ? { readOnlyReason } : {}) }
}

it('tells nobody that a document is saved or not: pages know it from the versions', () => {
  expect(isNews(disk('saved'), disk('unsaved'))).toBe(false)
  expect(isNews(disk('unsaved'), disk('saved'))).toBe(false)
})

it('tells what is wrong, that it is right again, and that nothing may be typed', () => {
  expect(isNews(disk('unsaved'), disk('failed'))).toBe(true)
  expect(isNews(disk('failed'), disk('unsaved'))).toBe(true)
  expect(isNews(disk('deleted'), disk('saved'))).toBe(true)
  expect(isNews(disk('saved'), disk('saved', 'the disk is read-only'))).toBe(true)
  expect(isNews(disk('saved', 'the disk is read-only'), disk('saved', 'the folder is'))).toBe(true)
})

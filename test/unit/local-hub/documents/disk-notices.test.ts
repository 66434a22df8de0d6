import { afterEach, beforeEach, expect, it, vi } from 'vitest'

import { DiskNotices } from '../../../../src/local-hub/documents/disk-notices.ts'
import type { DocumentDisk } from '../../../../src/messages/documents.ts'

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

function noting(): { notices: DiskNotices; told: string[] } {
  const told: string[] = []
  const notices = new DiskNotices((disk, remark) => told.push(remark ?? disk.state))
  return { notices, told }
}

function disk(state: DocumentDisk['state'], readOnly = false): DocumentDisk {
  return { state, sinceMs: 0, readOnly }
}

it('tells once that a document is not saved, however often it is while somebody types', () => {
  const { notices, told } = noting()
  for (let n = 0; n < 5; n++) {
    notices.tell(disk('unsaved'))
    vi.advanceTimersByTime(2000)
    notices.tell(disk('saved'))
    vi.advanceTimersByTime(100)
  }
  expect(told).toEqual(['unsaved'])
  vi.advanceTimersByTime(250)
  expect(told).toEqual(['unsaved', 'saved'])
})

it('tells what is wrong, a remark, and that nothing may be typed any more, at once', () => {
  const { notices, told } = noting()
  notices.tell(disk('unsaved'))
  notices.tell(disk('saved'))
  notices.tell(disk('failed'))
  notices.tell(disk('saved'), 'a copy was kept')
  notices.tell(disk('unsaved'))
  notices.tell(disk('unsaved', true))
  expect(told).toEqual(['unsaved', 'failed', 'a copy was kept', 'unsaved', 'unsaved'])
})

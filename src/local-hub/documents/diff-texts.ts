import type { DiffTexts } from '../../documents/state-difference.ts'
import { fromSections } from '../../sync/edit.ts'

export const diffTexts: DiffTexts = (from, to) => {
  const a = from.sliceString(0)
  const b = to.sliceString(0)
  const max = Math.min(a.length, b.length)
  let start = 0
  while (start < max && a[start] === b[start]) start++
  let end = 0
  while (end < max - start && a[a.length - 1 - end] === b[b.length - 1 - end]) end++
  const lines = b.slice(start, b.length - end).split('\n')
  const middle = [a.length - end - start, ...lines] as const
  return fromSections([...(start ? [start] : []), middle, ...(end ? [end] : [])])
}

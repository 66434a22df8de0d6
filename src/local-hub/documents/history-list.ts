import type { DocumentVersions } from '../../messages/document-history.ts'
import { type HistoryItem, sizeOf } from '../../sync/history.ts'
import type { HistoryRequests } from './history-protocol.ts'
import type { HistoryReader } from './history-reader.ts'

const MINUTE_MS = 60_000

interface Group extends Pick<DocumentVersions, 'sinceMs' | 'atMs'> {
  from: number
  readonly to: number
  readonly minute: number
  readonly authors: Map<string, { -readonly [K in keyof Author]: Author[K] }>
}
type Author = DocumentVersions['authors'][number]

/** Groups of changes right after one another within a minute, the newest first. */
export function listVersions(
  reader: HistoryReader,
  { before = Infinity, limit }: HistoryRequests['list']['ask'],
): HistoryRequests['list']['answer'] {
  const groups: Group[] = []
  const isFull = (): boolean => groups.length > limit
  for (const { segment } of reader.backwards()) {
    for (const item of segment.items.toReversed()) {
      if (item.v <= before) add(groups, item)
      if (isFull()) break
    }
    if (isFull()) break
  }
  const more = isFull()
  return { versions: groups.slice(0, limit).map(told), more, remarks: reader.remarks() }
}

/** Items come from the newest to the oldest. */
function add(groups: Group[], item: HistoryItem): void {
  const minute = Math.floor(item.at / MINUTE_MS)
  const last = groups.at(-1)
  const isSame = last?.minute === minute && last.from === item.v
  const group: Group = isSame
    ? last
    : {
        from: item.from,
        to: item.v,
        sinceMs: item.since,
        atMs: item.at,
        minute,
        authors: new Map(),
      }
  if (!isSame) groups.push(group)
  group.from = item.from
  group.sinceMs = Math.min(group.sinceMs, item.since)
  const { account: accountId, name } = item.author
  const author = group.authors.get(`${accountId} ${name}`) ?? {
    name,
    accountId,
    changes: 0,
    inserted: 0,
    deleted: 0,
  }
  const { inserted, deleted } = sizeOf(item.change)
  author.changes += item.v - item.from
  author.inserted += inserted
  author.deleted += deleted
  group.authors.set(`${accountId} ${name}`, author)
}

function told({ from, to, sinceMs, atMs, authors }: Group): DocumentVersions {
  return { from, to, sinceMs, atMs, authors: [...authors.values()] }
}

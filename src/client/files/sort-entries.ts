import type { FileEntry } from '../../messages/files.ts'

export type SortOrder = 'name' | 'modified' | 'size'

const collator = new Intl.Collator(undefined, { numeric: true, sensitivity: 'base' })

export function isFolder(entry: FileEntry): boolean {
  return entry.kind === 'directory' || entry.target === 'directory'
}

/** Folders first; hidden ones only where they are wanted. */
export function sortEntries(
  entries: readonly FileEntry[],
  order: SortOrder,
  options: { readonly hidden: boolean; readonly search: string },
): readonly FileEntry[] {
  const search = options.search.trim().toLowerCase()
  return entries
    .filter((entry) => options.hidden || !entry.name.startsWith('.'))
    .filter((entry) => entry.name.toLowerCase().includes(search))
    .sort((a, b) => Number(isFolder(b)) - Number(isFolder(a)) || compare(a, b, order))
}

function compare(a: FileEntry, b: FileEntry, order: SortOrder): number {
  if (order === 'modified' && a.modifiedMs !== b.modifiedMs) return b.modifiedMs - a.modifiedMs
  if (order === 'size' && a.sizeBytes !== b.sizeBytes) return b.sizeBytes - a.sizeBytes
  return collator.compare(a.name, b.name)
}

import type { DocumentDisk } from '../../messages/documents.ts'

/**
 * True where pages have to be told what became of a document and its file. That a document is saved, and that it is
 * not, they know from the versions on its channel: while somebody types it is saved every other second and behind
 * again a moment later, and a message to everybody has its price.
 */
export function isNews(before: DocumentDisk, now: DocumentDisk): boolean {
  return !(
    followsFromVersions(before) &&
    followsFromVersions(now) &&
    before.readOnly === now.readOnly &&
    before.readOnlyReason === now.readOnlyReason
  )
}

function followsFromVersions({ state }: DocumentDisk): boolean {
  return state === 'saved' || state === 'unsaved'
}

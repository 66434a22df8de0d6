import type { Logger } from '../../daemon/logging.ts'
import type { documentHistoryRequests } from '../../messages/document-history.ts'
import { codeOf } from '../../util/coded-error.ts'
import type { LocalClient } from '../client.ts'
import type { Handlers } from '../handler.ts'
import { isCompactable } from './history-compactable.ts'
import type { HistoryLink } from './history-link.ts'
import type { HistoryPlace, ProposedChange } from './history-protocol.ts'
import type { OpenDocument } from './open-document.ts'
import type { OpenDocuments } from './open-documents.ts'
import type { DocumentPlace } from './worker-protocol.ts'

/** What documents were: read from their journals, whether they are open or not. A restore is made by their owners. */
export function historyHandlers(
  documents: OpenDocuments,
  history: HistoryLink,
): Handlers<keyof typeof documentHistoryRequests> {
  const placeOf = async (path: string): Promise<HistoryPlace> =>
    historyPlace(await documents.placeOf(path))

  const commit = async (
    document: OpenDocument,
    client: LocalClient,
    { on, change }: ProposedChange,
  ): Promise<{ v: number | null }> => {
    if (change.length === 0) return { v: null }
    return { v: await documents.commitFor(document, client, { on, change }) }
  }

  return {
    list_document_versions: async ({ path, ...ask }) =>
      history.request('list', await placeOf(path), ask),
    read_document_version: async ({ path, ...ask }) =>
      history.request('read', await placeOf(path), ask),
    document_changes: async ({ path, ...ask }) =>
      history.request('changes', await placeOf(path), ask),
    blame_document: async ({ path, ...ask }) => history.request('blame', await placeOf(path), ask),
    restore_document: ({ path, ...ask }, client) =>
      documents.whileOpen(path, client, async (document) => {
        const place = historyPlace(document.place)
        return commit(document, client, await history.request('restore', place, ask))
      }),
    undo_restore: ({ path, v }, client) =>
      documents.whileOpen(path, client, async (document) => {
        const ask = { v, account: client.accountId }
        const place = historyPlace(document.place)
        return commit(document, client, await history.request('take_back', place, ask))
      }),
  }
}

export function historyPlace({ historyFolder: folder, path }: DocumentPlace): HistoryPlace {
  return { folder, path }
}

/** Where old segments wait, makes them smaller. Nobody waits for it: what fails is tried again another time. */
export async function compactSoon(
  place: DocumentPlace,
  history: HistoryLink,
  logger: Logger,
): Promise<void> {
  try {
    if (!(await isCompactable(place.historyFolder, Date.now()))) return
    const saved = await history.request('compact', historyPlace(place), {})
    logger.info({ path: place.path, ...saved }, 'history compacted')
  } catch (error) {
    if (codeOf(error) !== 'closed') logger.warn({ err: error }, 'history not compacted')
  }
}

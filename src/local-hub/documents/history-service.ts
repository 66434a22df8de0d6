import type { ErrorCode } from '../../messages/errors.ts'
import { CodedError } from '../../util/coded-error.ts'
import { readBlame } from './history-blame.ts'
import { compactJournal } from './history-compaction.ts'
import { readChanges } from './history-changes.ts'
import { listVersions } from './history-list.ts'
import type { FromHistory, HistoryPlace, HistoryRequests, ToHistory } from './history-protocol.ts'
import { proposeChange, readContent } from './history-propose.ts'
import { HistoryReader } from './history-reader.ts'
import { restoreChange, takeBackChange } from './history-restore.ts'
import { readVersion } from './history-text.ts'

/** Documents whose parsed segments stay in memory: somebody moves a slider. */
const READERS_KEPT = 3

/** What the history thread does: one request after the other, each from the files alone. */
export class HistoryService {
  readonly #readers = new Map<string, HistoryReader>()
  readonly #post: (message: FromHistory) => void

  constructor(post: (message: FromHistory) => void) {
    this.#post = post
  }

  receive(message: ToHistory): void {
    const { request } = message
    try {
      this.#post({ request, value: this.#answer(message) })
    } catch (error) {
      const { code, text } = worded(error)
      this.#post({ request, code, message: text })
    }
  }

  #answer(message: ToHistory): HistoryRequests[ToHistory['kind']]['answer'] {
    const { place } = message
    switch (message.kind) {
      case 'list':
        return listVersions(this.#reader(place), message.ask)
      case 'read':
        return readVersion(this.#reader(place), place.path, message.ask)
      case 'changes':
        return readChanges(this.#reader(place), message.ask)
      case 'blame':
        return readBlame(this.#reader(place), message.ask)
      case 'restore':
        return restoreChange(this.#reader(place), message.ask)
      case 'take_back':
        return takeBackChange(this.#reader(place), message.ask)
      case 'propose':
        return proposeChange(this.#reader(place), place.path, message.ask)
      case 'content':
        return readContent(this.#reader(place), place.path, message.ask)
      case 'compact':
        this.#readers.delete(place.folder)
        return compactJournal(place.folder, Date.now())
    }
  }

  #reader({ folder }: HistoryPlace): HistoryReader {
    const reader = this.#readers.get(folder) ?? new HistoryReader(folder)
    this.#readers.delete(folder)
    this.#readers.set(folder, reader)
    const [oldest] = this.#readers.keys()
    if (this.#readers.size > READERS_KEPT && oldest !== undefined) this.#readers.delete(oldest)
    return reader
  }
}

function worded(error: unknown): { code: string; text: string } {
  const text = error instanceof Error ? error.message : String(error)
  if (error instanceof CodedError) return { code: error.code, text }
  const code: ErrorCode = 'internal'
  return { code, text }
}

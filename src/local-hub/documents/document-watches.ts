import { dirname } from 'node:path'

import type { Logger } from '../../daemon/logging.ts'
import { FolderWatches } from './folder-watches.ts'
import type { OpenDocument } from './open-document.ts'

const UNWATCHED_REMARK =
  'The system can’t watch more folders: what other programs change in this file is seen when it is saved, or when you ' +
  'come back to this page. An administrator can raise fs.inotify.max_user_watches and max_user_instances.'
const WATCHED_REMARK = 'What other programs change in this file is seen at once again.'

export interface DocumentWatchesOptions {
  readonly logger: Logger
  /** All that are open. */
  readonly documents: () => Iterable<OpenDocument>
  /** Something happened to the file that is this document's. */
  readonly onChange: (document: OpenDocument, absolute: string) => void
}

/** Sees what happens to the files of open documents, and tells people where it can't. */
export class DocumentWatches {
  readonly #options: DocumentWatchesOptions
  readonly #folders: FolderWatches
  readonly #unwatch = new Map<OpenDocument, () => void>()

  constructor(options: DocumentWatchesOptions) {
    this.#options = options
    this.#folders = new FolderWatches({
      onError: (folder, error) => {
        options.logger.warn({ folder, err: error }, 'folder can not be watched')
        this.#tell(folder, UNWATCHED_REMARK)
      },
      onRecovered: (folder) => this.#tell(folder, WATCHED_REMARK),
    })
  }

  /** From now on where it is now. */
  watch(document: OpenDocument): void {
    this.unwatch(document)
    const { absolute } = document.place
    const tell = (): void => this.#options.onChange(document, absolute)
    this.#unwatch.set(document, this.#folders.watch(absolute, tell))
  }

  unwatch(document: OpenDocument): void {
    this.#unwatch.get(document)?.()
    this.#unwatch.delete(document)
  }

  /** Tries again where it could not be watched. */
  retry(document: OpenDocument): void {
    this.#folders.retry(document.place.absolute)
  }

  /** What people have to know of it. */
  remarks({ place }: OpenDocument): readonly string[] {
    return this.#folders.isWatched(place.absolute) ? [] : [UNWATCHED_REMARK]
  }

  close(): void {
    this.#folders.close()
  }

  #tell(folder: string, remark: string): void {
    for (const document of this.#options.documents()) {
      if (dirname(document.place.absolute) !== folder) continue
      document.remarks = document.remarks.filter(
        (each) => each !== UNWATCHED_REMARK && each !== WATCHED_REMARK,
      )
      document.diskChanged(document.disk, remark)
    }
  }
}

import type { DocumentDisk } from '../../messages/documents.ts'

/** That all is saved is told when nothing more was typed for so long, in milliseconds. */
const SAVED_MS = 250

/**
 * What people are told about a document and its file. While somebody types, the file is saved every two seconds and
 * behind again a moment later: nobody has to know each time, and a message to everybody has its price.
 */
export class DiskNotices {
  readonly #tell: (disk: DocumentDisk, remark?: string) => void
  #last: DocumentDisk | undefined
  #waiting: NodeJS.Timeout | undefined

  constructor(tell: (disk: DocumentDisk, remark?: string) => void) {
    this.#tell = tell
  }

  readonly tell = (disk: DocumentDisk, remark?: string): void => {
    this.stop()
    const last = this.#last
    const isLastUnsaved = last?.state === 'unsaved' && last.readOnly === disk.readOnly
    if (isLastUnsaved && disk.state === 'unsaved' && remark === undefined) return
    if (isLastUnsaved && disk.state === 'saved' && remark === undefined) {
      this.#waiting = setTimeout(() => {
        this.#waiting = undefined
        this.#now(disk)
      }, SAVED_MS)
    } else this.#now(disk, remark)
  }

  /** What waits is not told any more. */
  stop(): void {
    clearTimeout(this.#waiting)
    this.#waiting = undefined
  }

  #now(disk: DocumentDisk, remark?: string): void {
    this.#last = disk
    this.#tell(disk, remark)
  }
}

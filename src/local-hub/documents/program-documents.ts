import { isUtf8 } from 'node:buffer'
import { open, realpath } from 'node:fs/promises'
import { basename, dirname, isAbsolute, join, relative } from 'node:path'

import { TEXT_BYTES_MAX } from '../../documents/text-bytes.ts'
import type { ErrorCode } from '../../messages/errors.ts'
import type {
  DocumentBlame,
  DocumentHistory,
  Revision,
  Written,
} from '../../messages/project-api.ts'
import { termAt } from '../../sync/branch.ts'
import { CodedError, codeOf } from '../../util/coded-error.ts'
import { atPath } from '../files/file-error.ts'
import { resolveChangeable, SALVUS_FOLDER } from '../files/project-path.ts'
import { historyPlace } from './history-area.ts'
import type { HistoryLink } from './history-link.ts'
import type { HistoryRequests } from './history-protocol.ts'
import type { OpenDocument, ProgramUser } from './open-document.ts'
import type { OpenDocuments } from './open-documents.ts'
import type {
  AtVersion,
  ProgramRequests,
  ProgramWriting,
  ProgramWritten,
  WatchedChange,
} from './program-protocol.ts'

/** How often a write begins anew because its document was left by its thread meanwhile. */
const ATTEMPTS_MAX = 3

export interface WatchOfDocument {
  /** All after it is told. */
  readonly at: AtVersion
  readonly end: () => void
}

/** What programs inside the project do with its documents, whether people have them open or not. */
export class ProgramDocuments {
  readonly #projectDir: string
  readonly #documents: OpenDocuments
  readonly #history: HistoryLink

  constructor(options: {
    readonly projectDir: string
    readonly documents: OpenDocuments
    readonly history: HistoryLink
  }) {
    this.#projectDir = options.projectDir
    this.#documents = options.documents
    this.#history = options.history
  }

  /** The content of the file, now or at a revision. @throws CodedError as open_document; `conflict` */
  read(path: string, at?: AtVersion): Promise<AtVersion & { readonly bytes: Uint8Array }> {
    return this.#while(path, async (document) => {
      if (at === undefined) return this.#ask('program_read', document, {})
      await this.#ask('program_revision', document, { at })
      const place = historyPlace(document.place)
      return { ...at, ...(await this.#history.request('content', place, { v: at.v })) }
    })
  }

  /**
   * Makes the document what a program made of revision `at`: the difference is merged with what others did since.
   * Without `at` the file must not be there. @throws CodedError `exists`, `conflict`, `read_only`; as open_document
   */
  async write(
    path: string,
    { at, bytes, ...writing }: ProgramWriting & { at: AtVersion | undefined; bytes: Uint8Array },
  ): Promise<Written> {
    checkText(bytes)
    if (at === undefined && !(await this.#create(path))) {
      throw new CodedError<ErrorCode>('exists', `"${path}" is there already: ${SAY_REVISION}`)
    }
    return this.#while(path, async (document) => {
      const { terms: _terms, ...now } = await this.#ask(
        'program_revision',
        document,
        at ? { at } : {},
      )
      const base = at ?? now
      const place = historyPlace(document.place)
      const ask = { v: base.v, bytes }
      const { changed, change } = await this.#history.request('propose', place, ask)
      if (!changed) return this.#unchanged(document, now)
      const commit = { ...writing, at: base, change }
      return written(await this.#change('program_commit', document, commit), true)
    })
  }

  /** Puts text at the end. @throws CodedError `read_only`; as open_document */
  async append(
    path: string,
    { bytes, ...writing }: ProgramWriting & { bytes: Uint8Array },
  ): Promise<Written> {
    checkText(bytes)
    await this.#create(path)
    return this.#while(path, async (document) => {
      const answer = await this.#change('program_append', document, { ...writing, bytes })
      return written(answer, bytes.length > 0)
    })
  }

  /** Makes the document what it was at a revision. */
  async restore(path: string, at: AtVersion, writing: ProgramWriting): Promise<Written> {
    return this.#while(path, async (document) => {
      const { terms: _terms, ...now } = await this.#ask('program_revision', document, { at })
      const place = historyPlace(document.place)
      const { on, change } = await this.#history.request('restore', place, { v: at.v })
      if (change.length === 0) return this.#unchanged(document, now)
      const { terms } = await this.#ask('program_revision', document, {})
      const commit = {
        ...writing,
        at: { v: on, term: termAt(terms, on) },
        change: Buffer.from(JSON.stringify(change)),
      }
      return written(await this.#change('program_commit', document, commit), true)
    })
  }

  async history(
    path: string,
    ask: { readonly before?: number; readonly limit: number },
  ): Promise<DocumentHistory> {
    return this.#while(path, async (document) => {
      const { terms } = await this.#ask('program_revision', document, {})
      const place = historyPlace(document.place)
      const { versions, more } = await this.#history.request('list', place, ask)
      const listed = versions.map(({ to, sinceMs, atMs, authors }) => ({
        revision: revisionOf({ v: to, term: termAt(terms, to) }),
        sinceMs,
        atMs,
        authors: authors.map(({ name, inserted, deleted }) => ({ name, inserted, deleted })),
      }))
      return { versions: listed, more }
    })
  }

  async blame(path: string, part?: string): Promise<DocumentBlame> {
    return this.#while(path, async (document) => {
      const { terms } = await this.#ask('program_revision', document, {})
      const place = historyPlace(document.place)
      const lines: DocumentBlame['lines'][number][] = []
      let page: HistoryRequests['blame']['answer'] | undefined
      do {
        const ask = {
          ...(part === undefined ? {} : { part }),
          ...(page === undefined ? {} : { v: page.v, after: page.next ?? 0 }),
        }
        page = await this.#history.request('blame', place, ask)
        for (const { line, count, change } of page.lines) {
          lines.push({ line, count, by: change?.author.name ?? null, atMs: change?.atMs ?? null })
        }
      } while (page.next !== null)
      const at = page.v
      return { revision: revisionOf({ v: at, term: termAt(terms, at) }), lines }
    })
  }

  /** Tells each change of a document until it ends. `onClosed`: nothing is told any more; watch anew. */
  async watch(
    path: string,
    on: {
      readonly changes: (changes: readonly WatchedChange[]) => void
      /** What happened up to here was not told. */
      readonly missed: (at: AtVersion) => void
      readonly closed: () => void
    },
  ): Promise<WatchOfDocument> {
    let at: AtVersion | undefined
    const begin = async (document: OpenDocument): Promise<AtVersion> => {
      at = undefined
      const now = await this.#ask('program_watch', document, { on: true })
      at = now
      return now
    }
    const user: ProgramUser = {
      watched: (changes) => {
        if (changes === null) void begin(document).then(on.missed, on.closed)
        else if (at !== undefined) on.changes(changes.filter((each) => each.v > (at?.v ?? 0)))
      },
      closed: on.closed,
    }
    const document = await this.#open(path, user)
    const end = (): void => {
      document.released(user)
      if (document.isWatched) return
      // Where it is gone there is nothing to be switched off.
      this.#ask('program_watch', document, { on: false }).catch(() => undefined)
    }
    try {
      return { at: await begin(document), end }
    } catch (error) {
      end()
      throw error
    }
  }

  async #unchanged(document: OpenDocument, at: AtVersion): Promise<Written> {
    const { state, message } = document.disk
    return written(
      { ...at, saved: state === 'saved', ...(message === undefined ? {} : { message }) },
      false,
    )
  }

  async #while<T>(path: string, work: (document: OpenDocument) => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      const user: ProgramUser = {}
      const document = await this.#open(path, user)
      try {
        return await work(document)
      } catch (error) {
        // It was closed between the two: nothing was asked of it.
        if (codeOf(error) !== 'closed' || attempt === ATTEMPTS_MAX) throw error
      } finally {
        document.released(user)
      }
    }
  }

  async #open(path: string, user: ProgramUser): Promise<OpenDocument> {
    const { path: real } = await this.#documents.placeOf(await this.#inProject(path))
    if (real.split('/')[0] === SALVUS_FOLDER) {
      throw new CodedError<ErrorCode>('forbidden', `"${path}" belongs to Salvus`)
    }
    return this.#documents.openFor(real, user)
  }

  /** A path of the machine, as programs have them, is made one of the project. One that leads out stays so. */
  async #inProject(path: string): Promise<string> {
    if (!isAbsolute(path) || path.includes('\0')) return path
    // Where the folder is not there, that is told of the path as it is.
    const folder = await realpath(dirname(path)).catch(() => dirname(path))
    return relative(this.#projectDir, join(folder, basename(path)))
  }

  /** False where it is there already. */
  async #create(path: string): Promise<boolean> {
    const { absolute } = await resolveChangeable(this.#projectDir, await this.#inProject(path))
    try {
      await (await open(absolute, 'wx')).close()
      return true
    } catch (error) {
      if (codeOf(error) === 'EEXIST') return false
      return atPath(path, () => Promise.reject(error as Error))
    }
  }

  /** Where no answer comes, the change may have been made all the same: no reason to make it again. */
  async #change<K extends 'program_commit' | 'program_append'>(
    kind: K,
    document: OpenDocument,
    ask: ProgramRequests[K]['ask'],
  ): Promise<ProgramWritten> {
    try {
      return await this.#ask(kind, document, ask)
    } catch (error) {
      const code = codeOf(error)
      if (code !== 'unavailable' && code !== 'deadline') throw error
      throw new CodedError<ErrorCode>(code, UNKNOWN_RESULT, { cause: error })
    }
  }

  #ask<K extends keyof ProgramRequests>(
    kind: K,
    document: OpenDocument,
    ask: ProgramRequests[K]['ask'],
  ): Promise<ProgramRequests[K]['answer']> {
    return this.#documents.pool.request(kind, document.number, ask)
  }
}

const UNKNOWN_RESULT =
  'the change was sent, but no answer came: read the document to see whether it was made'

const SAY_REVISION = 'say from which revision the text was made, or append'

export function revisionOf({ term, v }: AtVersion): Revision {
  return `${term}.${v}`
}

function written({ saved, message, ...at }: ProgramWritten, changed: boolean): Written {
  const revision = revisionOf(at)
  return { revision, changed, saved, ...(message === undefined ? {} : { message }) }
}

/** @throws CodedError `too_large`, `not_text`, before anything is made of it */
function checkText(bytes: Uint8Array): void {
  if (bytes.length > TEXT_BYTES_MAX) {
    const message = `${bytes.length} bytes; a text has ${TEXT_BYTES_MAX} at most`
    throw new CodedError<ErrorCode>('too_large', message)
  }
  if (bytes.includes(0)) {
    throw new CodedError<ErrorCode>('not_text', 'the text contains NUL bytes: it is binary')
  }
  if (!isUtf8(bytes)) throw new CodedError<ErrorCode>('not_text', 'the text is not UTF-8')
}

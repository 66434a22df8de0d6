import { basename, resolve } from 'node:path'

import {
  BLAME_ROUTE,
  DOCUMENT_ROUTE,
  type DocumentBlame,
  type DocumentEvent,
  type DocumentHistory,
  HISTORY_ROUTE,
  PROGRAM_NAME,
  PROGRAM_NAME_CHARACTERS_MAX,
  RESTORE_ROUTE,
  type Revision,
  REVISION_HEADER,
  type Written,
} from '../messages/project-api.ts'
import { codeOf } from '../util/coded-error.ts'
import { ask, bodyOf, jsonOf } from './ask.ts'
import { watchDocument, type WatchOptions } from './watch.ts'

/** How often `edit` begins anew because the revision it read is not known any more. */
const EDIT_ATTEMPTS_MAX = 5

export interface ReadText {
  readonly text: string
  readonly revision: Revision
}

export interface WriteOptions {
  /** What the text was made of. Undefined: the file is not there yet. */
  readonly revision?: Revision | undefined
  /** False: answered once the change is kept, before it is in the file. */
  readonly save?: boolean
}

/**
 * A document of the project that this program runs in. Changes merge with what people type, as theirs do, under the
 * name of the program. `close` is not needed: nothing is held between two calls.
 *
 * All of it throws errors with a `code`: `conflict` (the revision is not known any more: read again), `not_found`,
 * `exists`, `read_only`, `not_text`, `too_large`, `outside_project`, `unavailable`, ...
 */
export interface OpenedDocument {
  readonly path: string
  read(at?: Revision): Promise<ReadText>
  /** Makes of the document what `text` makes of the revision: what others did since stays. */
  write(text: string, options: WriteOptions): Promise<Written>
  append(text: string, options?: Pick<WriteOptions, 'save'>): Promise<Written>
  /** Reads, changes and writes. `change` may be called again. */
  edit(change: (text: string) => string | Promise<string>): Promise<Written>
  /** Each change from now on, whoever makes it, over restarts of Salvus too. */
  watch(options?: WatchOptions): AsyncGenerator<DocumentEvent, void, undefined>
  history(options?: { before?: Revision; limit?: number }): Promise<DocumentHistory>
  /** Who changed each line last. `part`: of a worksheet, `CELL.input`. */
  blame(part?: string): Promise<DocumentBlame>
  restore(revision: Revision): Promise<Written>
}

/** `path` is of the working directory, as for any program. `name` stands beside the changes. */
export function openDocument(path: string, options: { name?: string } = {}): OpenedDocument {
  const absolute = resolve(path)
  const name = options.name ?? programName()
  const query = { path: absolute }

  const read = async (revision?: Revision): Promise<ReadText> => {
    const response = await ask({
      method: 'GET',
      route: DOCUMENT_ROUTE,
      query: { ...query, revision },
    })
    const told = response.headers[REVISION_HEADER]
    return { text: decoded(await bodyOf(response)), revision: String(told) }
  }
  const change = async (
    method: 'PUT' | 'POST',
    route: string,
    { text = '', revision, save = true }: WriteOptions & { readonly text?: string },
  ): Promise<Written> => {
    const asked = { ...query, name, revision, save: save ? undefined : 'no' }
    return jsonOf(await ask({ method, route, query: asked, body: Buffer.from(text) }))
  }
  const write: OpenedDocument['write'] = (text, how) =>
    change('PUT', DOCUMENT_ROUTE, { ...how, text })

  return {
    path: absolute,
    read,
    write,
    append: (text, how = {}) => change('POST', DOCUMENT_ROUTE, { ...how, text }),
    async edit(by) {
      for (let attempt = 1; ; attempt++) {
        const { text, revision } = await read()
        try {
          return await write(await by(text), { revision })
        } catch (error) {
          if (codeOf(error) !== 'conflict' || attempt === EDIT_ATTEMPTS_MAX) throw error
        }
      }
    },
    watch: (how = {}) => watchDocument(absolute, how),
    async history({ before, limit } = {}) {
      const asked = { ...query, before, limit: limit === undefined ? undefined : String(limit) }
      return jsonOf(await ask({ method: 'GET', route: HISTORY_ROUTE, query: asked }))
    },
    blame: async (part) =>
      jsonOf(await ask({ method: 'GET', route: BLAME_ROUTE, query: { ...query, part } })),
    restore: (revision) => change('POST', RESTORE_ROUTE, { revision }),
  }
}

/** The file that runs. */
function programName(): string {
  const name = basename(process.argv[1] ?? '').slice(0, PROGRAM_NAME_CHARACTERS_MAX)
  return name === '' ? PROGRAM_NAME : name
}

/** As it is in the file: a mark of the byte order stays. */
function decoded(bytes: Uint8Array): string {
  return new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes)
}

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { buffer } from 'node:stream/consumers'
import { parseArgs } from 'node:util'

import type { ErrorCode } from '../../messages/errors.ts'
import type { Written } from '../../messages/project-api.ts'
import { CodedError } from '../../util/coded-error.ts'
import { openDocument, type OpenedDocument } from '../salvus-client.ts'
import { blameLines, eventLine, historyLines } from './describe.ts'
import { UsageError, USAGE } from './usage.ts'

/** What changes are called where nothing is said. */
const NAME = 'salvus doc'

interface Options {
  readonly json: boolean
  readonly revision: string | undefined
  readonly limit: string | undefined
  /** Behind `--`. */
  readonly rest: readonly string[]
}

type Deed = (document: OpenedDocument, options: Options) => Promise<void>

const DEEDS: Readonly<Record<string, Deed>> = {
  async read(document, { revision, json }) {
    const read = await document.read(revision)
    put(json ? `${JSON.stringify(read)}\n` : read.text)
  },
  async revision(document) {
    put(`${(await document.read()).revision}\n`)
  },
  async write(document, { revision }) {
    tell(await document.write(await readInput(), { revision }))
  },
  async append(document) {
    tell(await document.append(await readInput()))
  },
  async edit(document, { rest }) {
    const [program, ...args] = rest
    if (program === undefined) throw new UsageError('say after -- which program edits the text')
    tell(await document.edit((text) => through(program, args, text)))
  },
  async watch(document, { json }) {
    for await (const event of document.watch()) {
      put(json ? `${JSON.stringify(event)}\n` : eventLine(event))
    }
  },
  async history(document, { json, limit }) {
    const history = await document.history(limit === undefined ? {} : { limit: Number(limit) })
    put(json ? `${JSON.stringify(history)}\n` : historyLines(history))
  },
  async blame(document, { json }) {
    const blame = await document.blame()
    if (json) return put(`${JSON.stringify(blame)}\n`)
    put(blameLines(blame, (await document.read(blame.revision)).text))
  },
  async restore(document, { revision }) {
    if (revision === undefined) throw new UsageError('say to which --revision')
    tell(await document.restore(revision))
  },
}

/** `salvus doc ARGS`. @throws UsageError; CodedError what the project refuses with */
export async function docCommand(args: readonly string[]): Promise<void> {
  const { values, positionals, rest } = parsed(args)
  const [deed = '', path, ...more] = positionals
  if (values.help === true || deed === 'help') return put(USAGE)
  const work = Object.hasOwn(DEEDS, deed) ? DEEDS[deed] : undefined
  if (work === undefined) {
    throw new UsageError(deed === '' ? 'say what to do' : `there is no "salvus doc ${deed}"`)
  }
  if (path === undefined) throw new UsageError('say which document')
  if (more.length > 0) throw new UsageError(`"${more.join(' ')}" is too much`)
  const { json = false, revision, limit, name = NAME } = values
  await work(openDocument(path, { name }), { json, revision, limit, rest })
}

function parsed(args: readonly string[]) {
  const end = args.indexOf('--')
  try {
    const { values, positionals } = parseArgs({
      args: end === -1 ? [...args] : args.slice(0, end),
      allowPositionals: true,
      options: {
        help: { type: 'boolean', short: 'h' },
        json: { type: 'boolean' },
        revision: { type: 'string' },
        limit: { type: 'string' },
        name: { type: 'string' },
      },
    })
    return { values, positionals, rest: end === -1 ? [] : args.slice(end + 1) }
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error))
  }
}

function put(text: string): void {
  process.stdout.write(text)
}

function tell({ revision, saved, message }: Written): void {
  put(`${revision}\n`)
  if (saved) return
  const why = message ?? 'it is in a moment'
  process.stderr.write(`salvus: the change is kept, but not in the file yet: ${why}\n`)
}

/** @throws CodedError `not_text` */
async function readInput(): Promise<string> {
  return decode(await buffer(process.stdin), 'the text')
}

/** The text, put through a program. @throws CodedError `bad_value` where it fails */
async function through(program: string, args: readonly string[], text: string): Promise<string> {
  const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'inherit'] })
  const ended = once(child, 'close')
  // One that does not read all of it has had enough.
  child.stdin.on('error', () => undefined)
  child.stdin.end(text)
  try {
    const [output, [code, signal]] = await Promise.all([buffer(child.stdout), ended])
    if (code === 0) return decode(output, `what ${program} put out`)
    const how = signal === null ? `exit code ${String(code)}` : String(signal)
    throw new CodedError<ErrorCode>('bad_value', `nothing is changed: ${program} ended with ${how}`)
  } catch (error) {
    if (error instanceof CodedError) throw error
    const message = `${program} could not be run: ${String(error)}`
    throw new CodedError<ErrorCode>('bad_value', message, { cause: error })
  }
}

function decode(bytes: Uint8Array, what: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch (error) {
    throw new CodedError<ErrorCode>('not_text', `${what} is not UTF-8`, { cause: error })
  }
}

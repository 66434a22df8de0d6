import type {
  CellRunState,
  WorksheetDocument,
} from '../../../src/local-hub/worksheets/worksheet-document.ts'
import type { Change, CellId, Json, PartChange } from '../../../src/sync/change.ts'

interface Stream {
  readonly run: string
  readonly messages: Json[]
}

/** A worksheet in memory that keeps the rules of sync/change.ts for streams and fields. */
export class MemoryWorksheet implements WorksheetDocument {
  readonly session: string
  readonly folder = ''
  readonly cells = new Map<CellId, string>()
  readonly fields = new Map<string, Json>()
  readonly streams = new Map<string, Stream>()
  readonly commits: Change[] = []
  readonly #waiting = new Set<() => void>()

  constructor(session: string, cells: Readonly<Record<CellId, string>>) {
    this.session = session
    for (const [cell, input] of Object.entries(cells)) this.cells.set(cell, input)
  }

  async readCell(cell: CellId): Promise<string | undefined> {
    return this.cells.get(cell)
  }

  async readRuns(): Promise<readonly CellRunState[]> {
    return [...this.cells.keys()].map((cell) => {
      const stream = this.streams.get(`${cell}.output`)
      return {
        cell,
        run: this.fields.get(`${cell}.run`) ?? null,
        stream: stream?.run ?? '',
        next: stream?.messages.length ?? 0,
        auto: this.fields.get(`${cell}.auto`) === true,
      }
    })
  }

  flagPart(cell: CellId, flag: string): string {
    return `${cell}.${flag}`
  }

  async commit(change: Change): Promise<void> {
    for (const part of change) this.#apply(part)
    this.commits.push(change)
    for (const check of [...this.#waiting]) check()
  }

  /** Resolved as soon as the condition holds. */
  until(condition: () => boolean, what: string): Promise<void> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#waiting.delete(check)
        reject(new Error(`not in time: ${what}; fields ${JSON.stringify([...this.fields])}`))
      }, 30_000)
      const check = (): void => {
        if (!condition()) return
        clearTimeout(timer)
        this.#waiting.delete(check)
        resolve()
      }
      this.#waiting.add(check)
      check()
    })
  }

  untilState(cell: CellId, kind: string): Promise<void> {
    return this.until(() => this.kind(cell) === kind, `cell ${cell} is ${kind}`)
  }

  kind(cell: CellId): string | undefined {
    const run = this.fields.get(`${cell}.run`)
    return property(run, 'kind')
  }

  /** Of a cell's run state. */
  run(cell: CellId, name: string): string | undefined {
    return property(this.fields.get(`${cell}.run`), name)
  }

  /** Adjacent texts joined. */
  output(cell: CellId): Json[] {
    const joined: Json[] = []
    for (const message of this.streams.get(`${cell}.output`)?.messages ?? []) {
      const last = joined.at(-1)
      const [before, text] = [property(last, 'stdout'), property(message, 'stdout')]
      if (before !== undefined && text !== undefined)
        joined[joined.length - 1] = { stdout: before + text }
      else joined.push(message)
    }
    return joined
  }

  #apply(part: PartChange): void {
    if (part[0] === 'f') this.fields.set(part[1], part[2])
    else if (part[0] === 'c') this.streams.set(part[1], { run: part[2], messages: [] })
    else if (part[0] === 'a') {
      const stream = this.streams.get(part[1])
      if (stream?.run !== part[2] || stream.messages.length !== part[3]) {
        const at = `${stream?.run} ${stream?.messages.length}`
        throw new Error(`messages of ${part[2]} ${part[3]} do not follow ${at}`)
      }
      stream.messages.push(...part[4])
    }
  }
}

function property(value: Json | undefined, name: string): string | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined
  const found = Object.entries(value).find(([key]) => key === name)?.[1]
  return typeof found === 'string' ? found : undefined
}

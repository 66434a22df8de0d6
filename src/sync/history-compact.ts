import { compose } from './algebra.ts'
import { toChange, toEdit } from './edit.ts'
import type { Edit, PartOp } from './edit.ts'
import type { AuthorRecord, HeaderRecord, ItemRecord, JournalRecord } from './journal-record.ts'
import { STREAM_MESSAGES_MAX } from './limits.ts'

/** What one author typed in one part within one minute becomes one item. In ms. */
const RUN_MS = 60_000

/**
 * The records of segments that follow each other as those of one, with runs of one author's changes of one part merged.
 * Who, and when to the minute, is kept; versions within a run are not. Only for what every client has, because mapping
 * does not distribute over composition. Records of what is on the disk, and of pieces that are told to their authors,
 * are left to newer segments.
 */
export function compactRecords(segments: readonly (readonly JournalRecord[])[]): JournalRecord[] {
  const compaction = new Compaction()
  for (const records of segments) compaction.addSegment(records)
  return compaction.done()
}

class Compaction {
  readonly #records: JournalRecord[] = []
  readonly #indexes = new Map<string, number>()
  #renumbered = new Map<number, number>()
  #run: { readonly first: ItemRecord; last: ItemRecord; by: number; edit: Edit } | undefined
  #v = -1

  addSegment(records: readonly JournalRecord[]): void {
    this.#renumbered = new Map()
    for (const record of records) this.#add(record)
  }

  done(): JournalRecord[] {
    this.#endRun()
    return this.#records
  }

  #add(record: JournalRecord): void {
    switch (record.k) {
      case 'header':
        if (this.#records.length === 0) this.#records.push(plainHeader(record))
        return
      case 'snapshot':
        if (this.#v !== -1) return
        this.#records.push(record)
        this.#v = record.v
        return
      case 'author':
        this.#renumbered.set(record.i, this.#indexOf(record))
        return
      case 'term':
        this.#endRun()
        this.#records.push(record)
        return
      case 'item':
        if (record.v > this.#v) this.#addItem(record)
        return
      default:
        return
    }
  }

  #addItem(record: ItemRecord): void {
    this.#v = record.v
    const by = this.#renumbered.get(record.by) ?? record.by
    const edit = toEdit(record.c)
    const run = this.#run
    if (run?.by === by && follows(run.last, record)) {
      const merged = mergedRun(run.edit, edit)
      if (merged !== undefined) {
        run.edit = merged
        run.last = record
        return
      }
    }
    this.#endRun()
    this.#run = { first: record, last: record, by, edit }
  }

  #endRun(): void {
    const run = this.#run
    this.#run = undefined
    if (run === undefined) return
    const { first, last, by, edit } = run
    const ms = last.at - first.at + (first.ms ?? 0)
    const { v, t, n, at } = last
    const c = first === last ? first.c : toChange(edit)
    this.#records.push({ k: 'item', v, t, by, n, at, c, ...(ms > 0 ? { ms } : {}) })
  }

  #indexOf({ sid, account, name }: AuthorRecord): number {
    const key = `${sid} ${account} ${name}`
    const known = this.#indexes.get(key)
    if (known !== undefined) return known
    const i = this.#indexes.size
    this.#indexes.set(key, i)
    this.#records.push({ k: 'author', i, sid, account, name })
    return i
  }
}

/** What clients that come back are placed by is in newer segments. */
function plainHeader({ k, format, v, term, at }: HeaderRecord): HeaderRecord {
  return { k, format, v, term, at }
}

function follows(last: ItemRecord, next: ItemRecord): boolean {
  return (
    last.t === next.t &&
    next.at >= last.at &&
    Math.floor(next.at / RUN_MS) === Math.floor(last.at / RUN_MS)
  )
}

/** Typing in one text, or output of one run; undefined where the two are no run. */
function mergedRun(a: Edit, b: Edit): Edit | undefined {
  const [one] = a
  const [other] = b
  if (a.length !== 1 || b.length !== 1 || one?.[1] !== other?.[1]) return undefined
  if (one?.[0] === 't' && other?.[0] === 't') {
    const merged = compose(a, b)
    return merged.length === 1 ? merged : undefined
  }
  return one?.[0] === 'a' && other?.[0] === 'a' ? mergedOutput(one, other) : undefined
}

type Append = Extract<PartOp, readonly ['a', ...unknown[]]>

function mergedOutput(one: Append, other: Append): Edit | undefined {
  const [, part, run, sequence, messages] = one
  const [, , otherRun, otherSequence, more] = other
  const isNext = run === otherRun && otherSequence === sequence + messages.length
  if (!isNext || messages.length + more.length > STREAM_MESSAGES_MAX) return undefined
  return [['a', part, run, sequence, [...messages, ...more]]]
}

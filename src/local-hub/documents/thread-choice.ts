/** A thread as the choice sees it. */
export interface ThreadLoad {
  /** Share of its time that it was busy lately, 0 to 1. */
  readonly busy: number
  /** Of each of its documents, in milliseconds of the same time. */
  readonly documents: ReadonlyMap<number, number>
  /** Its documents are large, or under suspicion: no others join them. */
  readonly apart: boolean
}

export interface ThreadLimits {
  /** Threads for ordinary documents: the processor's cores. */
  readonly ordinaryMax: number
  /** More of them, for documents that stay apart. */
  readonly apartMax: number
}

/** A thread that is busy for less than this has room for one more document. */
const ROOM_BUSY_MAX = 0.5

/** A thread that is busy for more than this is relieved of documents. */
const BUSY_MIN = 0.7

/** Documents that are moved at once: each reads its journal. */
const MOVED_MAX = 8

/** Moving is worth it where the other thread is less busy by this. */
const DIFFERENCE_MIN = 0.3

/** The thread for a document that is opened, or `new`. */
export function chooseThread<T extends ThreadLoad>(
  threads: readonly T[],
  limits: ThreadLimits,
  options: { readonly apart: boolean },
): T | 'new' {
  const free = threads.find(({ documents }) => documents.size === 0)
  if (options.apart) {
    const others = threads.filter(({ apart, documents }) => apart && documents.size > 0)
    if (free !== undefined) return free
    if (others.length < limits.apartMax) return 'new'
    return leastOf(others) ?? 'new'
  }
  const ordinary = threads.filter(({ apart, documents }) => !apart || documents.size === 0)
  const least = leastOf(ordinary)
  if (least === undefined || (least.busy > ROOM_BUSY_MAX && ordinary.length < limits.ordinaryMax)) {
    return 'new'
  }
  return least
}

/**
 * Which documents leave a busy thread, and where to: the quiet ones leave the busy one; where they are too many it is
 * the busy one that leaves; where none stands out, half of the work.
 */
export function chooseMoves<T extends ThreadLoad>(
  from: T,
  threads: readonly T[],
  limits: ThreadLimits,
): { readonly documents: readonly number[]; readonly to: T | 'new' } | undefined {
  if (from.busy < BUSY_MIN || from.documents.size < 2) return undefined
  const others = threads.filter(
    (each) => each !== from && (!each.apart || each.documents.size === 0),
  )
  const least = leastOf(others)
  const isFar = least !== undefined && from.busy - least.busy >= DIFFERENCE_MIN
  if (!isFar && threads.filter(({ apart }) => !apart).length >= limits.ordinaryMax) return undefined
  const to = isFar ? least : 'new'
  const sorted = [...from.documents].toSorted(([, a], [, b]) => b - a)
  const total = sorted.reduce((sum, [, ms]) => sum + ms, 0)
  const [first, ...rest] = sorted
  if (first === undefined || total === 0) return undefined
  if (first[1] >= total / 2) {
    return { documents: (rest.length <= MOVED_MAX ? rest : [first]).map(([doc]) => doc), to }
  }
  const documents: number[] = []
  let moved = 0
  for (const [doc, ms] of rest) {
    if (moved >= total / 2 || documents.length === MOVED_MAX) break
    documents.push(doc)
    moved += ms
  }
  return { documents, to }
}

function leastOf<T extends ThreadLoad>(threads: readonly T[]): T | undefined {
  return threads.toSorted((a, b) => a.busy - b.busy || a.documents.size - b.documents.size)[0]
}

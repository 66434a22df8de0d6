/** A power of two. A document of a thousand cells has some four thousand parts: sixteen a bucket. */
const BUCKETS = 256

type Bucket<V> = ReadonlyMap<string, V>

/**
 * An immutable map from strings: setting copies one bucket, not the map, so that a version of a document costs what
 * changed in it. Keys with the same beginning up to a dot (the parts of a cell) are in one bucket. Iteration is in no
 * particular order.
 */
export class PersistentMap<V> {
  readonly size: number
  readonly #buckets: readonly (Bucket<V> | undefined)[]

  private constructor(buckets: readonly (Bucket<V> | undefined)[], size: number) {
    this.#buckets = buckets
    this.size = size
  }

  static empty<V>(): PersistentMap<V> {
    return new PersistentMap<V>([], 0)
  }

  static from<V>(entries: Iterable<readonly [string, V]>): PersistentMap<V> {
    const buckets: (Map<string, V> | undefined)[] = []
    let size = 0
    for (const [key, value] of entries) {
      const index = bucketOf(key)
      const bucket = (buckets[index] ??= new Map<string, V>())
      if (!bucket.has(key)) size++
      bucket.set(key, value)
    }
    return new PersistentMap(buckets, size)
  }

  get(key: string): V | undefined {
    return this.#buckets[bucketOf(key)]?.get(key)
  }

  set(key: string, value: V): PersistentMap<V> {
    const index = bucketOf(key)
    const bucket = new Map(this.#buckets[index])
    bucket.set(key, value)
    return this.#with(index, bucket)
  }

  delete(key: string): PersistentMap<V> {
    const index = bucketOf(key)
    if (!this.#buckets[index]?.has(key)) return this
    const bucket = new Map(this.#buckets[index])
    bucket.delete(key)
    return this.#with(index, bucket)
  }

  *entries(): IterableIterator<[string, V]> {
    for (const bucket of this.#buckets) if (bucket) yield* bucket
  }

  /** Those whose keys begin with this and a dot. */
  *under(beginning: string): IterableIterator<[string, V]> {
    for (const entry of this.#buckets[bucketOf(beginning)] ?? [])
      if (entry[0].startsWith(`${beginning}.`)) yield entry
  }

  /** In the order of their UTF-16 code units, the same everywhere. */
  sortedKeys(): string[] {
    return [...this.entries()].map(([key]) => key).toSorted()
  }

  #with(index: number, bucket: Bucket<V>): PersistentMap<V> {
    const buckets = this.#buckets.slice()
    buckets.length = Math.max(buckets.length, index + 1)
    const size = this.size + bucket.size - (buckets[index]?.size ?? 0)
    buckets[index] = bucket
    return new PersistentMap(buckets, size)
  }
}

/** FNV-1a; the empty key, a plain file's only part, comes first and keeps the array at one bucket. */
function bucketOf(key: string): number {
  if (key === '') return 0
  let hash = 0x811c9dc5
  for (let at = 0; at < key.length && key[at] !== '.'; at++)
    hash = Math.imul(hash ^ key.charCodeAt(at), 0x01000193)
  return (hash ^ (hash >>> 15)) & (BUCKETS - 1)
}

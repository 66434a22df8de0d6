/** The newest bytes of an endless stream, known by their offsets in the whole of it. */
export class OutputRing {
  readonly #capacityBytes: number
  #chunks: Uint8Array[] = []
  #keptBytes = 0
  #endOffset = 0

  constructor(capacityBytes: number) {
    this.#capacityBytes = capacityBytes
  }

  /** Offset behind the last byte, which is the count of all bytes that ever came. */
  get endOffset(): number {
    return this.#endOffset
  }

  append(bytes: Uint8Array): void {
    this.#chunks.push(bytes)
    this.#keptBytes += bytes.length
    this.#endOffset += bytes.length
    while (this.#keptBytes - (this.#chunks[0]?.length ?? 0) >= this.#capacityBytes) {
      this.#keptBytes -= this.#chunks.shift()?.length ?? 0
    }
  }

  /** All bytes from the offset on; undefined where some of them are no longer kept, or it lies ahead. */
  since(offset: number): Uint8Array | undefined {
    const startOffset = this.#endOffset - this.#keptBytes
    if (offset < startOffset || offset > this.#endOffset) return undefined
    const result = new Uint8Array(this.#endOffset - offset)
    let at = startOffset
    for (const chunk of this.#chunks) {
      const from = Math.max(offset - at, 0)
      if (from < chunk.length) result.set(chunk.subarray(from), at + from - offset)
      at += chunk.length
    }
    return result
  }
}

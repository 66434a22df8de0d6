import { CodedError } from '../util/coded-error.ts'
import { readVarint, varintLength, writeVarint } from '../util/varint.ts'
import type { Json } from './change.ts'

const encoder = new TextEncoder()
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** Bytes that most messages fit into. */
const FIRST_CAPACITY = 64

/** Less than one byte of a varint can say. */
const SHORT_LENGTH = 32

/** Larger messages keep the buffer that they were written into. */
const KEPT_WITH_ITS_ROOM = 64 * 1024

/** Writes a message: bytes, varints, and strings as UTF-8 with their length in front. */
export class ByteWriter {
  #bytes = new Uint8Array(FIRST_CAPACITY)
  #length = 0

  byte(value: number): void {
    this.#reserve(1)
    this.#bytes[this.#length++] = value
  }

  varint(value: number): void {
    this.#reserve(varintLength(value))
    this.#length = writeVarint(this.#bytes, this.#length, value)
  }

  /** 32 bits, the lowest byte first. */
  u32(value: number): void {
    for (const shift of [0, 8, 16, 24]) this.byte((value >>> shift) & 0xff)
  }

  text(value: string): void {
    if (isShortAscii(value)) {
      this.byte(value.length)
      this.ascii(value)
    } else this.block(encoder.encode(value))
  }

  /** Characters that `isShortAscii` found to be bytes. */
  ascii(value: string): void {
    this.#reserve(value.length)
    for (let at = 0; at < value.length; at++) this.#bytes[this.#length++] = value.charCodeAt(at)
  }

  json(value: Json): void {
    this.text(JSON.stringify(value))
  }

  /** Bytes with their length in front. */
  block(bytes: Uint8Array): void {
    this.varint(bytes.length)
    this.raw(bytes)
  }

  /** What `write` writes here, with its length in front. */
  nested(write: () => void): void {
    const from = this.#length
    this.byte(0)
    write()
    const length = this.#length - from - 1
    const more = varintLength(length) - 1
    if (more > 0) {
      this.#reserve(more)
      this.#bytes.copyWithin(from + 1 + more, from + 1, this.#length)
      this.#length += more
    }
    writeVarint(this.#bytes, from, length)
  }

  raw(bytes: Uint8Array): void {
    this.#reserve(bytes.length)
    this.#bytes.set(bytes, this.#length)
    this.#length += bytes.length
  }

  /** What was written; write no more. A large message is not copied for the room behind it. */
  done(): Uint8Array {
    const written = this.#bytes.subarray(0, this.#length)
    return this.#length > KEPT_WITH_ITS_ROOM ? written : written.slice()
  }

  #reserve(more: number): void {
    if (this.#length + more <= this.#bytes.length) return
    const bytes = new Uint8Array(
      Math.max(2 * this.#bytes.length, this.#length + more + FIRST_CAPACITY),
    )
    bytes.set(this.#bytes)
    this.#bytes = bytes
  }
}

/** True where each character is one byte, and there are so few that calling the encoder takes longer than writing them. */
export function isShortAscii(value: string): boolean {
  if (value.length > SHORT_LENGTH) return false
  for (let at = 0; at < value.length; at++) if (value.charCodeAt(at) >= 0x80) return false
  return true
}

/** Reads what ByteWriter wrote. @throws CodedError `bad_message` where the bytes end too soon, or are no UTF-8 or JSON */
export class ByteReader {
  readonly #bytes: Uint8Array
  /** How many entries may come yet, here and in the blocks inside. */
  readonly #entries: { left: number }
  #at = 0

  constructor(bytes: Uint8Array, entries = { left: Infinity }) {
    this.#bytes = bytes
    this.#entries = entries
  }

  get ended(): boolean {
    return this.#at >= this.#bytes.length
  }

  byte(): number {
    const value = this.#bytes[this.#at++]
    if (value === undefined) throw bad('it ends too soon')
    return value
  }

  u32(): number {
    return (this.byte() | (this.byte() << 8) | (this.byte() << 16) | (this.byte() << 24)) >>> 0
  }

  varint(): number {
    const read = readVarint(this.#bytes, this.#at)
    if (!read) throw bad('a number is cut off or too large')
    this.#at = read.end
    return read.value
  }

  text(): string {
    const bytes = this.block()
    try {
      return decoder.decode(bytes)
    } catch (error) {
      throw bad('a text is not UTF-8', error)
    }
  }

  json(): Json {
    const text = this.text()
    try {
      const value: Json = JSON.parse(text)
      return value
    } catch (error) {
      throw bad('a value is not JSON', error)
    }
  }

  block(): Uint8Array {
    return this.raw(this.varint())
  }

  /** A reader of the next block. */
  inner(): ByteReader {
    return new ByteReader(this.block(), this.#entries)
  }

  /** One entry more: each is an object that takes far more room than its bytes. @throws CodedError `too_large` */
  entry(): void {
    if (--this.#entries.left < 0) throw new CodedError('too_large', 'a message of too many entries')
  }

  raw(length: number): Uint8Array {
    if (length > this.#bytes.length - this.#at) throw bad('it ends too soon')
    const bytes = this.#bytes.subarray(this.#at, this.#at + length)
    this.#at += length
    return bytes
  }

  rest(): Uint8Array {
    return this.raw(this.#bytes.length - this.#at)
  }

  /** How many follow: each takes a byte at least, so a hostile count can't make us reserve memory. */
  count(): number {
    const count = this.varint()
    if (count > this.#bytes.length - this.#at) throw bad(`it announces ${count} entries`)
    return count
  }

  /** That many entries, read one after another: nothing is reserved for what a hostile count announces. */
  list<T>(read: () => T, limit = Infinity): T[] {
    const count = this.count()
    if (count > limit) throw new CodedError('too_large', `${count} entries where ${limit} may be`)
    const entries: T[] = []
    for (let left = count; left > 0; left--) {
      this.entry()
      entries.push(read())
    }
    return entries
  }
}

function bad(what: string, cause?: unknown): CodedError {
  return new CodedError('bad_message', `a message of a document: ${what}`, { cause })
}

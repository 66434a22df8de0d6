/** Unsigned LEB128 of a safe integer (53 bits): seven bits a byte, lowest first, the high bit says that more follow. */
const VARINT_BYTES_MAX = 8

export function varintLength(value: number): number {
  let length = 1
  for (let rest = value; rest >= 0x80; rest = Math.floor(rest / 0x80)) length++
  return length
}

/** Writes at offset (in bytes) and returns the offset behind it. */
export function writeVarint(bytes: Uint8Array, offset: number, value: number): number {
  let at = offset
  let rest = value
  while (rest >= 0x80) {
    bytes[at++] = (rest % 0x80) | 0x80
    rest = Math.floor(rest / 0x80)
  }
  bytes[at++] = rest
  return at
}

/** A varint by itself. */
export function encodeVarint(value: number): Uint8Array {
  const bytes = new Uint8Array(varintLength(value))
  writeVarint(bytes, 0, value)
  return bytes
}

/** Reads at offset; undefined when the bytes end inside it, or it is no safe integer. */
export function readVarint(
  bytes: Uint8Array,
  offset: number,
): { value: number; end: number } | undefined {
  let value = 0
  let factor = 1
  for (let at = offset; at < offset + VARINT_BYTES_MAX; at++) {
    const byte = bytes[at]
    if (byte === undefined) return undefined
    value += (byte & 0x7f) * factor
    if (byte < 0x80) return value > Number.MAX_SAFE_INTEGER ? undefined : { value, end: at + 1 }
    factor *= 0x80
  }
  return undefined
}

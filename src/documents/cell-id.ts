import type { CellId } from '../sync/change.ts'

/** A cell's id is its uuid in the file without the dashes, wherever it has one of its own. */
const HEX_UUID = /^([0-9a-f]{8})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{12})$/

export function cellIdOf(uuid: string): CellId {
  return uuid.replaceAll('-', '')
}

/** The uuid that a cell has in the file: the same for the same id, on every machine and at every time. */
export function uuidOf(id: CellId): string {
  const hex = HEX_UUID.test(id) ? id : hashHex(id)
  return hex.replace(HEX_UUID, '$1-$2-$3-$4-$5')
}

/** 128 bits of a text in the form of a version-4 uuid; equal texts only have equal ones. Not for secrets. */
export function hashHex(text: string): string {
  const words = [0x9e3779b9, 0x85ebca6b, 0xc2b2ae35, 0x27d4eb2f].map((seed) => hash32(text, seed))
  const hex = words.map((word) => word.toString(16).padStart(8, '0')).join('')
  return `${hex.slice(0, 12)}4${hex.slice(13, 16)}a${hex.slice(17)}`
}

/** MurmurHash3's mixing over UTF-16 code units. */
function hash32(text: string, seed: number): number {
  let hash = seed
  for (let at = 0; at < text.length; at++) {
    hash = Math.imul(hash ^ text.charCodeAt(at), 0xcc9e2d51)
    hash = Math.imul((hash << 13) | (hash >>> 19), 5) + 0xe6546b64
  }
  hash = Math.imul(hash ^ (hash >>> 16) ^ text.length, 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return (hash ^ (hash >>> 16)) >>> 0
}

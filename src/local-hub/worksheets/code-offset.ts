/** Python counts code points, an editor UTF-16 code units. */
export function toCodePoints(text: string, offset: number): number {
  return Array.from(text.slice(0, offset)).length
}

export function fromCodePoints(text: string, offset: number): number {
  let units = 0
  let left = offset
  for (const character of text) {
    if (left-- === 0) break
    units += character.length
  }
  return units
}

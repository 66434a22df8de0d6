import type { ReactNode } from 'react'

interface AvatarProps {
  readonly name: string
  /** Index into the palette, the same everywhere in the project: it gives the colour and the shape. */
  readonly color: number
}

/** The first letters of the first and the last name. */
export function initialsOf(name: string): string {
  const words = name.trim().split(/\s+/)
  const last = words.length > 1 ? words[words.length - 1] : undefined
  return [words[0], last]
    .map((word) => (word === undefined ? '' : (/^./u.exec(word)?.[0] ?? '')))
    .join('')
    .toUpperCase()
}

/** A person as initials in a colour and a shape: who can't tell colours apart goes by shape. */
export function Avatar({ name, color }: AvatarProps): ReactNode {
  return (
    <span className={`avatar person-${color % 8} avatar-shape-${color % 3}`} aria-hidden="true">
      {initialsOf(name)}
    </span>
  )
}

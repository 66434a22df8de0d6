/** How many colours theme.css has for people. */
const PERSON_COLORS = 8

/** The colour of a person in carets and selections; index as in `Person.color`. */
export function personColor(index: number): string {
  return `var(--person-${Math.abs(index) % PERSON_COLORS})`
}

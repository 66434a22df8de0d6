import { TERMS_MAX } from './limits.ts'
import type { TermStart } from './messages.ts'
import type { Owner } from './owner.ts'

/**
 * Which versions two histories share. A version is known by its number and its term, as an entry of Raft's log: two
 * histories that have a version with the same number and term are the same up to there.
 */

/** The term of a version, from the lives of a document in their order. */
export function termAt(terms: readonly TermStart[], v: number): number {
  return (terms.findLast((start) => start.v < v) ?? terms[0])?.term ?? 0
}

/** True where a history with these lives, that reaches to `head`, has this version. */
export function hasVersion(
  history: { readonly terms: readonly TermStart[]; readonly head: number },
  version: { readonly v: number; readonly term: number },
): boolean {
  const { terms, head } = history
  if (version.v > head || !terms.some((start) => start.term === version.term)) return false
  return termAt(terms, version.v) === version.term
}

/** The versions after v are of this term. Nothing where they are already. */
export function startTerm(owner: Owner, start: TermStart): void {
  owner.term = start.term
  if (owner.terms.at(-1)?.term === start.term) return
  owner.terms.push(start)
  if (owner.terms.length > TERMS_MAX) owner.terms.shift()
}

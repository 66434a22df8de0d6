import type { ChangeSet, Text } from '@codemirror/state'

/** A range of the text before a change, and what stands there after it. */
export interface Replacement {
  readonly from: number
  readonly to: number
  readonly inserted: Text
}

/** What a change replaces, in order. Neighbouring replacements are one, unless `individual`. */
export function replacements(changes: ChangeSet, individual = false): readonly Replacement[] {
  const found: Replacement[] = []
  // oxlint-disable-next-line max-params -- the callback that CodeMirror calls
  changes.iterChanges((from, to, _fromAfter, _toAfter, inserted) => {
    found.push({ from, to, inserted })
  }, individual)
  return found
}

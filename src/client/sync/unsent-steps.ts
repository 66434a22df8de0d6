import { compose } from '../../sync/algebra.ts'
import type { Change } from '../../sync/change.ts'
import type { UnsentState } from '../../sync/client.ts'
import type { DocumentState } from '../../sync/document-state.ts'
import { EMPTY_EDIT, toChange, toEdit } from '../../sync/edit.ts'
import type { Edit } from '../../sync/edit.ts'
import type { PatchEdit } from '../../sync/messages.ts'
import { toPatch } from '../../sync/patch.ts'

/** What was done to a client after its state was kept: a change typed, or (null) all typed before sealed, to be sent. */
export type UnsentStep = {
  readonly change: Change
  /** The same, understandable without the document. */
  readonly patch: PatchEdit
} | null

export function unsentStep(edit: Edit, before: DocumentState): UnsentStep {
  return { change: toChange(edit), patch: toPatch(edit, before) }
}

/**
 * The state with its steps. What was sealed stays as it was sealed: it may have been sent. Of a state with a `repair`
 * there are no steps.
 */
export function withSteps(state: UnsentState, steps: readonly UnsentStep[]): UnsentState {
  if (steps.length === 0) return state
  const stack = [...state.stack]
  const patches = [...(state.patch ?? [])]
  let buffer = toEdit(state.buffer)
  for (const step of steps) {
    if (step !== null) {
      // The patch of the buffer stands behind those of the stack.
      patches[stack.length] = [...(patches[stack.length] ?? []), ...step.patch]
      buffer = compose(buffer, toEdit(step.change))
    } else if (buffer.length > 0) {
      stack.push(toChange(buffer))
      buffer = EMPTY_EDIT
    }
  }
  return { ...state, stack, buffer: toChange(buffer), patch: patches }
}

/** The typed text of unsent changes, for a person to read where nothing can be merged. */
export function textOfUnsent(state: UnsentState): string {
  const pieces: string[] = []
  for (const op of [...state.stack, state.buffer].flat()) {
    if (op[0] !== 't') continue
    for (const section of op[2]) {
      if (typeof section !== 'number') pieces.push(section.slice(1).join('\n'))
    }
  }
  return pieces.join('')
}

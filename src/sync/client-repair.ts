import { compose, invert, transform } from './algebra.ts'
import { applyEdit } from './apply.ts'
import { hasVersion } from './branch.ts'
import { sumOfState } from './checksum.ts'
import type { Client, DivergedText, ViewChange } from './client.ts'
import { diffStates } from './diff.ts'
import { stringOf, textOf } from './document-state.ts'
import type { DocumentState } from './document-state.ts'
import { EMPTY_EDIT } from './edit.ts'
import type { Edit } from './edit.ts'
import { DIVERGED_LENGTH_MAX, DIVERGED_PARTS_MAX } from './limits.ts'
import type { OwnerMessage, PatchEdit } from './messages.ts'
import { fitted, toPatch } from './patch.ts'
import { backTo, itemsAfter, stateAt, termOf } from './recent.ts'
import { emptyUndo, recordForeign } from './undo.ts'
import { viewChange } from './view-change.ts'

/**
 * A client whose base is not in the owner's history any more:
 *
 *     forked, a version is shared ──> back to that version, without what others did after it ──> resume, exact
 *     forked, none is             ──> patch ──> joined: the difference is mapped over what was typed meanwhile
 *     the sums differ, mismatch   ──> patch ──> joined; both texts are kept
 */

type Forked = Extract<OwnerMessage, { kind: 'forked' }>

/**
 * Takes this client to where it can connect again: to the newest version that it shares with the owner, where the rest of
 * its own changes is unsent again; or, where no such version is known, makes a patch of them. Returns what the editors
 * must know: what others had done on the branch that is dead is gone. False: nothing is known of its changes.
 */
export function goBack(client: Client, message: Forked): readonly ViewChange[] | false {
  if (client.restored) return patchOfRestored(client, message)
  const shared = sharedVersion(client, message)
  const from = Math.min(client.m, Math.max(shared ?? client.savedV, client.recent.v))
  const rest = withoutOthers(client, from)
  if (shared === from && shared >= message.base) return [resumeFrom(client, from, rest)]
  const own = rest.buffer.length > 0 ? [...rest.own, rest.buffer] : rest.own
  const edits = patchesOf(own, rest.start)
  const earlier = shared === undefined || shared < from ? earlierThan(client, from, rest.n) : []
  beginRepair(client, {
    n: rest.n - earlier.length,
    edits: [...earlier, ...edits],
    blind: shared === undefined,
    diverged: undefined,
  })
  return []
}

/** Own changes up to version v that may be lost too, where this client knows them. */
function earlierThan(client: Client, v: number, n: number): readonly PatchEdit[] {
  const { earlier } = client
  if (earlier?.v !== v || earlier.n + earlier.edits.length !== n) return []
  return earlier.edits
}

/** The document here is not the owner's version m. What is unsent becomes a patch; the next `connect` joins with it. */
export function diverge(client: Client): void {
  const edits = patchesOf(pendingEdits(client), client.base)
  beginRepair(client, { n: client.n, edits, blind: false, diverged: client.m })
}

/**
 * The owner's document is there, where there was one already: what differs comes to the editors as a change by nobody, and
 * what was typed since the connection began, and the changes to be undone, are mapped over it.
 */
export function rejoin(client: Client, shown: DocumentState, typed: Edit): ViewChange {
  const before = applyEdit(shown, typed)
  const { incoming, committed } = transform(typed, diffStates(shown, client.base))
  client.buffer = fitted(client.base, incoming)
  client.view = applyEdit(client.base, client.buffer)
  recordForeign(client.history, committed)
  return viewChange(committed, undefined, before)
}

/** Where the person's text and the owner's differ after a divergence; and what the owner is told. */
export function divergedTexts(mine: DocumentState, theirs: DocumentState): readonly DivergedText[] {
  const parts = new Set([...mine.texts.sortedKeys(), ...theirs.texts.sortedKeys()])
  return [...parts]
    .filter((part) => !textOf(mine, part).eq(textOf(theirs, part)))
    .map((part) => ({ part, mine: stringOf(mine, part), theirs: stringOf(theirs, part) }))
}

export function divergenceReport(v: number, texts: readonly DivergedText[]) {
  const told = texts.slice(0, DIVERGED_PARTS_MAX)
  return {
    kind: 'diverged',
    v,
    texts: told.map(({ part, mine }) => ({ part, text: mine.slice(0, DIVERGED_LENGTH_MAX) })),
  } as const
}

/** What is pending, each edit understandable by itself: for the browser to keep. */
export function pendingPatch(client: Client): readonly PatchEdit[] {
  if (!client.hasDocument) return client.repair?.edits ?? client.kept ?? []
  return [...(client.repair?.edits ?? []), ...patchesOf(pendingEdits(client), client.base)]
}

/** An edit that is empty by now has its number all the same. */
function pendingEdits({ stack, buffer }: Client): readonly Edit[] {
  return buffer.length > 0 ? [...stack, buffer] : stack
}

/** Which versions were made of this one, so that what is kept again and again is made once. */
const made = new WeakMap<
  Edit,
  { readonly before: DocumentState; readonly patch: PatchEdit; readonly after: DocumentState }
>()

/** Edits one after another, each understandable by itself. */
export function patchesOf(edits: readonly Edit[], base: DocumentState): readonly PatchEdit[] {
  let before = base
  return edits.map((edit) => {
    let known = made.get(edit)
    if (known?.before !== before) {
      known = { before, patch: toPatch(edit, before), after: applyEdit(before, edit) }
      made.set(edit, known)
    }
    before = known.after
    return known.patch
  })
}

function patchOfRestored(client: Client, message: Forked): readonly ViewChange[] | false {
  const { kept, term } = client
  if (kept === undefined) return false
  const blind = !hasVersion(message, { v: client.m, term })
  client.repair = { n: client.n, edits: kept, blind, diverged: undefined }
  client.stack = []
  client.buffer = EMPTY_EDIT
  return []
}

/** From here on `base` is what the person sees, until the owner's document comes. */
function beginRepair(client: Client, repair: NonNullable<Client['repair']>): void {
  client.repair = repair
  client.base = client.view
  client.stack = []
  client.buffer = EMPTY_EDIT
  client.sent = 0
  client.phase = 'new'
}

function sharedVersion(client: Client, message: Forked): number | undefined {
  for (let v = client.m; v >= client.recent.v; v--)
    if (hasVersion(message, { v, term: termOf(client.recent, v) })) return v
  return undefined
}

interface Own {
  /** Version `from`, and how many own changes it has. */
  readonly start: DocumentState
  readonly n: number
  /** Own changes since, and what was to be sent, one after another; then the buffer. */
  readonly own: readonly Edit[]
  readonly buffer: Edit
  /** Takes from the view what others did since. */
  readonly takenBack: Edit
}

/** This client's own changes after a version, as if others had made none. */
function withoutOthers(client: Client, from: number): Own {
  const start = stateAt(client.recent, from)
  let state = start
  // From the document as it was at each step to the same without the others' changes.
  let takenBack: Edit = EMPTY_EDIT
  const own: Edit[] = []
  let committed = 0
  const without = (edit: Edit): Edit => {
    const pair = transform(edit, takenBack)
    takenBack = pair.committed
    return pair.incoming
  }
  for (const item of itemsAfter(client.recent, from)) {
    if (item.own) {
      own.push(without(item.edit))
      committed++
    } else takenBack = compose(invert(item.edit, state), takenBack)
    state = applyEdit(state, item.edit)
  }
  for (const edit of client.stack) own.push(without(edit))
  const buffer = without(client.buffer)
  const n = client.n - committed
  return { start, n, ...fittedAll(start, own, buffer), takenBack }
}

/** They may speak of cells that others made. */
function fittedAll(start: DocumentState, own: readonly Edit[], buffer: Edit) {
  let state = start
  const fit = (edit: Edit): Edit => {
    const fits = fitted(state, edit)
    state = applyEdit(state, fits)
    return fits
  }
  return { own: own.map(fit), buffer: fit(buffer) }
}

function resumeFrom(client: Client, v: number, rest: Own): ViewChange {
  const before = client.view
  client.base = rest.start
  client.sum = sumOfState(rest.start)
  client.term = termOf(client.recent, v)
  client.recent = backTo(client.recent, v)
  client.m = v
  // Pieces of the dead branch were told under other numbers.
  client.n = client.rescuedN = rest.n
  client.stack = [...rest.own]
  client.buffer = rest.buffer
  client.sent = 0
  client.view = [...client.stack, client.buffer].reduce(applyEdit, client.base)
  client.phase = 'away'
  recordForeign(client.history, rest.takenBack)
  return viewChange(rest.takenBack, undefined, before)
}

/** While `work` runs nothing is recorded to be undone. */
export function withoutHistory(client: Client, work: () => void): void {
  const { history } = client
  client.history = emptyUndo()
  try {
    work()
  } finally {
    client.history = history
  }
}

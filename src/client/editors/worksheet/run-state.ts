import type { Json } from '../../../sync/change.ts'

/** The state of a cell as its gutter shows it. */
export interface RunState {
  readonly kind: 'not_run' | 'waiting' | 'running' | 'done' | 'failed'
  /** Which run it was. */
  readonly run: string | undefined
  /** Running: since when, by the local hub's clock; done: how long it took, in milliseconds. */
  readonly startedMs: number | undefined
  readonly tookMs: number | undefined
  /** Failed: why, where it was not an error of the code itself. */
  readonly message: string | undefined
}

const NOT_RUN: RunState = {
  kind: 'not_run',
  run: undefined,
  startedMs: undefined,
  tookMs: undefined,
  message: undefined,
}

/** The field `c.run` (`cellRun` of src/messages), which the local hub writes. What it does not say is not run. */
export function readRunState(field: Json): RunState {
  if (typeof field !== 'object' || field === null || Array.isArray(field)) return NOT_RUN
  // The check above leaves an object; what its keys hold is looked at below.
  const fields = field as { readonly [key: string]: Json }
  const { kind } = fields
  if (kind !== 'waiting' && kind !== 'running' && kind !== 'done' && kind !== 'failed')
    return NOT_RUN
  const startedMs = number(fields['sinceMs'])
  const untilMs = number(fields['untilMs'])
  const failed = kind === 'failed' || (kind === 'done' && fields['status'] !== 'ok')
  return {
    kind: failed ? 'failed' : kind,
    run: typeof fields['run'] === 'string' ? fields['run'] : undefined,
    startedMs,
    tookMs: startedMs === undefined || untilMs === undefined ? undefined : untilMs - startedMs,
    message: fields['status'] === 'interrupted' ? 'Stopped.' : failureMessage(fields['failure']),
  }
}

function failureMessage(failure: Json | undefined): string | undefined {
  if (typeof failure !== 'object' || failure === null || !('message' in failure)) return undefined
  return typeof failure.message === 'string' ? failure.message : undefined
}

/** Shape and word of a state; the shape is not read aloud. */
export function runStateInWords(
  state: RunState,
  edited: boolean,
  nowMs: number,
): { readonly shape: string; readonly word: string; readonly name: string } {
  switch (state.kind) {
    case 'not_run':
      return { shape: '○', word: 'not run', name: 'not-run' }
    case 'waiting':
      return { shape: '⋯', word: 'waiting', name: 'waiting' }
    case 'running':
      return { shape: '▶', word: `running${runningFor(state, nowMs)}`, name: 'running' }
    case 'failed':
      return edited
        ? { shape: '✎', word: 'edited since', name: 'edited' }
        : { shape: '✕', word: 'failed', name: 'failed' }
    case 'done':
      return edited
        ? { shape: '✎', word: 'edited since', name: 'edited' }
        : { shape: '✓', word: 'done', name: 'done' }
  }
}

function runningFor(state: RunState, nowMs: number): string {
  if (state.startedMs === undefined) return ''
  const seconds = Math.max(0, Math.floor((nowMs - state.startedMs) / 1000))
  return seconds < 60 ? ` ${seconds} s` : ` ${Math.floor(seconds / 60)} min ${seconds % 60} s`
}

function number(value: Json | undefined): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined
}

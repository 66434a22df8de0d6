/**
 * How far the stream of a run is in the document. A run's streams are named by the run, then `run-1`, `run-2`, ...
 * each time its code clears the output; to a link that attaches anew, what is there already may be told again.
 */
export interface StreamPosition {
  readonly stream: string
  /** The sequence number of the stream's next message. */
  readonly next: number
}

export type Placed<T> =
  /** All of it is there. */
  | { readonly kind: 'known' }
  | { readonly kind: 'append'; readonly seq: number; readonly messages: readonly T[] }
  | { readonly kind: 'begin'; readonly messages: readonly T[] }

/** What of the messages, the first of which has the number `seq` in its stream, is new. */
export function placeMessages<T>(
  run: string,
  position: StreamPosition | undefined,
  came: { readonly stream: string; readonly seq: number; readonly messages: readonly T[] },
): Placed<T> {
  const clears = position === undefined ? -1 : clearsOf(run, position.stream)
  if (position === undefined || clearsOf(run, came.stream) > clears) {
    return { kind: 'begin', messages: came.messages }
  }
  if (came.stream !== position.stream) return { kind: 'known' }
  const messages = came.messages.slice(Math.max(0, position.next - came.seq))
  if (messages.length === 0) return { kind: 'known' }
  return { kind: 'append', seq: Math.max(came.seq, position.next), messages }
}

/** -1 for the stream of another run. */
function clearsOf(run: string, stream: string): number {
  if (stream === run) return 0
  return stream.startsWith(`${run}-`) ? Number(stream.slice(run.length + 1)) : -1
}

import type { Json } from './change.ts'
import type { Stream } from './document-state.ts'

/** What the versions of a stream share: an array that only grows. Each version is as much of it as it was long. */
interface Log {
  readonly all: Json[]
  readonly length: number
}

const logs = new WeakMap<Stream, Log>()

/**
 * The stream with more messages. O(messages that are appended), as long as the newest version is appended to; an older
 * one is copied first. What a version says never changes.
 */
export function withMessages(stream: Stream, next: number, fresh: readonly Json[]): Stream {
  const log = logs.get(stream)
  const isNewest = log !== undefined && log.length === log.all.length
  const all = isNewest ? log.all : [...stream.messages]
  for (const message of fresh) all.push(message)
  return newStream(stream.run, next, { all, length: all.length })
}

function newStream(run: string, next: number, log: Log): Stream {
  let messages: readonly Json[] | undefined
  const stream: Stream = {
    run,
    next,
    // Made when somebody looks: the owner appends, and mostly nobody does.
    get messages() {
      messages ??= log.all.slice(0, log.length)
      return messages
    },
  }
  logs.set(stream, log)
  return stream
}

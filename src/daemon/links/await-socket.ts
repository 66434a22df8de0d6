import { existsSync, watch } from 'node:fs'
import { basename, dirname } from 'node:path'

import type { ErrorCode } from '../../messages/errors.ts'
import { CodedError } from '../../util/coded-error.ts'
import { connectSocket } from './address.ts'

/** Between bind, which makes the file, and listen lie microseconds; on a busy machine a time slice. */
const LISTEN_RETRY_MS = 2
const LISTEN_RETRIES_MAX = 100

/**
 * Waits until somebody listens on a Unix socket: by the event of its folder when it is bound.
 * @throws CodedError `deadline`, or `closed` when the signal aborts
 */
export function awaitSocket(path: string, limitMs: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    let looking = false
    const finish = (settle: () => void): void => {
      clearTimeout(timer)
      watcher.close()
      signal.removeEventListener('abort', onAbort)
      settle()
    }
    const look = async (): Promise<void> => {
      if (looking || !existsSync(path)) return
      looking = true
      const accepted = await accepts(path)
      looking = false
      if (accepted) finish(resolve)
    }
    const watcher = watch(dirname(path), (_event, name) => {
      if (name === basename(path)) void look()
    })
    const fail = (code: ErrorCode, message: string): void =>
      finish(() => reject(new CodedError<ErrorCode>(code, message)))
    const timer = setTimeout(() => fail('deadline', `nobody listens after ${limitMs} ms`), limitMs)
    const onAbort = (): void => fail('closed', 'nobody waits for it any more')
    signal.addEventListener('abort', onAbort)
    void look()
  })
}

async function accepts(path: string): Promise<boolean> {
  for (let attempt = 0; attempt < LISTEN_RETRIES_MAX; attempt++) {
    try {
      const socket = await connectSocket(`unix:${path}`)
      socket.destroy()
      return true
    } catch (error) {
      if (!(error instanceof CodedError)) throw error
      if (!existsSync(path)) return false
      await new Promise((resolve) => setTimeout(resolve, LISTEN_RETRY_MS))
    }
  }
  return false
}

import { chmodSync, unlinkSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import type { ListenOptions, OnReadOpts, Server, Socket } from 'node:net'

import type { ErrorCode } from '../../messages/errors.ts'
import { CodedError, codeOf } from '../../util/coded-error.ts'

/** Longer than this to reach a process on our own machines means that it is not there. */
const CONNECT_MS = 5_000

/** `unix:/path` or `tcp:host:port`. @throws CodedError `bad_value` */
export function parseAddress(address: string): { path: string } | { host: string; port: number } {
  if (address.startsWith('unix:/')) return { path: address.slice('unix:'.length) }
  const tcp = /^tcp:(.+):(\d{1,5})$/.exec(address)
  if (tcp?.[1] !== undefined) return { host: tcp[1], port: Number(tcp[2]) }
  throw new CodedError<ErrorCode>('bad_value', `"${address}" is not unix:/PATH or tcp:HOST:PORT`)
}

/** What the system gives at a time at most; one for all sockets, since each piece is copied at once. In bytes. */
const READ_BYTES = 64 * 1024
let readBuffer: Uint8Array | undefined

/**
 * `onChunk` gets all that comes, and may keep it; the socket then says no 'data'. It goes past the stream, which takes
 * longer for a short message than whoever reads it. Without `onChunk` the socket is read as any other.
 * @throws CodedError `unavailable` where nobody listens there
 */
export function connectSocket(
  address: string,
  onChunk?: (chunk: Uint8Array) => void,
): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const target = parseAddress(address)
    const socket = connect(onChunk ? { ...target, onread: readInto(onChunk) } : target)
    const fail = (why: string): void => {
      socket.destroy()
      reject(new CodedError<ErrorCode>('unavailable', `${address} can't be reached: ${why}`))
    }
    const timer = setTimeout(() => fail(`no answer in ${CONNECT_MS} ms`), CONNECT_MS)
    const onError = (error: Error): void => {
      clearTimeout(timer)
      fail(codeOf(error) ?? error.message)
    }
    socket.once('error', onError)
    socket.once('connect', () => {
      clearTimeout(timer)
      socket.removeListener('error', onError)
      resolve(socket)
    })
  })
}

function readInto(onChunk: (chunk: Uint8Array) => void): OnReadOpts {
  readBuffer ??= new Uint8Array(READ_BYTES)
  return {
    buffer: readBuffer,
    callback: (bytes, buffer) => {
      onChunk(buffer.slice(0, bytes))
      return true
    },
  }
}

/**
 * Listens. A Unix socket that a killed process left behind is taken over; it gets mode 0600 unless another is
 * given, before anybody can connect who should not (its folder keeps others out until then).
 */
export function listenOn(
  address: string,
  onSocket: (socket: Socket) => void,
  mode = 0o600,
): Promise<Server> {
  const target: ListenOptions = parseAddress(address)
  if (target.path !== undefined) removeLeftover(target.path)
  return new Promise((resolve, reject) => {
    const server = createServer(onSocket)
    server.once('error', reject)
    server.listen(target, () => {
      server.removeListener('error', reject)
      if (target.path !== undefined) chmodSync(target.path, mode)
      resolve(server)
    })
  })
}

function removeLeftover(path: string): void {
  try {
    unlinkSync(path)
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error
  }
}

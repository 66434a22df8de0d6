import { createServer } from 'node:net'
import { once } from 'node:events'

import { codeOf } from '../../util/coded-error.ts'
import { Failure } from '../failure.ts'

/** The port of `npm start` where none is given. */
export const DEFAULT_PORT = 4280

export interface Ports {
  /** Of the pages. */
  readonly port: number
  /** Of what users make: another origin. */
  readonly contentPort: number
  /** Of the figures for Prometheus, on loopback. */
  readonly metricsPort: number
}

/**
 * Finds the three ports: the asked one, or a failure that names the remedy; beside it the next two
 * where they are free, else any. With 0, any.
 */
export async function choosePorts(host: string, wanted: number): Promise<Ports> {
  const port = await tryPort(host, wanted)
  if (port === undefined) {
    throw new Failure(
      `Port ${wanted} on ${host} is taken by another program.`,
      `Stop it, or choose another: npm start -- --port ${wanted + 10}`,
    )
  }
  const contentPort = (await tryPort(host, port + 1)) ?? (await anyPort(host))
  const metricsPort = (await tryPort('127.0.0.1', port + 2)) ?? (await anyPort('127.0.0.1'))
  return { port, contentPort, metricsPort }
}

async function anyPort(host: string): Promise<number> {
  const port = await tryPort(host, 0)
  if (port === undefined) throw new Failure(`No port on ${host} is free.`, 'Try another --host.')
  return port
}

/** The port if it can be listened on, undefined if it is taken. */
async function tryPort(host: string, port: number): Promise<number | undefined> {
  if (port > 65_535) return undefined
  const server = createServer()
  try {
    server.listen({ port, host, exclusive: true })
    await once(server, 'listening')
    const address = server.address()
    return address !== null && typeof address === 'object' ? address.port : undefined
  } catch (error) {
    const code = codeOf(error)
    if (code === 'EADDRINUSE') return undefined
    if (code === 'EACCES') {
      throw new Failure(
        `Port ${port} may be used by root only.`,
        'Choose one from 1024 up, and put a proxy such as haproxy before it.',
      )
    }
    if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND') {
      throw new Failure(
        `${host} is no address of this machine.`,
        'Give --host an address that this machine has, such as 0.0.0.0 for all.',
      )
    }
    throw error
  } finally {
    server.close()
  }
}

import { Writable } from 'node:stream'

import { pino } from 'pino'

import type { Logger } from '../../src/daemon/logging.ts'

/** A logger whose messages a test may read. */
export function memoryLogger(): { readonly logger: Logger; readonly messages: string[] } {
  const messages: string[] = []
  const stream = new Writable({
    write(chunk: Buffer, _encoding, done) {
      messages.push(String((JSON.parse(chunk.toString()) as { msg: unknown }).msg))
      done()
    },
  })
  return { logger: pino({ level: 'debug' }, stream), messages }
}

import { expect, test } from 'vitest'

import { silentLogger } from '../../../../src/daemon/logging.ts'
import { WorkerLink } from '../../../../src/local-hub/documents/worker-link.ts'

/** Says what it received, in the shape of a notice of the worker. */
const ECHO = new URL(
  `data:text/javascript,${encodeURIComponent(`
    import { parentPort } from 'node:worker_threads'
    parentPort.on('message', ({ payload }) =>
      parentPort.postMessage({ kind: 'broken', doc: 1, reason: Buffer.from(payload).toString() }))
  `)}`,
)

test('a payload goes to the worker without what shares the buffer of its socket', async () => {
  const received: string[] = []
  let wake: (() => void) | undefined
  const link = new WorkerLink({
    workerUrl: ECHO,
    logger: silentLogger(),
    onExit: () => undefined,
    onMessage: (message) => {
      received.push('reason' in message ? message.reason : message.kind)
      if (received.length === 2) wake?.()
    },
  })
  const both = new Promise<void>((resolve) => {
    wake = resolve
  })
  // As of a socket: two frames in one Buffer, of which the first is a Buffer as well.
  const chunk = Buffer.from(new TextEncoder().encode('firstsecond').buffer)
  const notice = {
    kind: 'receive',
    doc: 1,
    client: 1,
    accountId: '',
    name: '',
    mayEdit: true,
  } as const
  link.notice({ ...notice, payload: chunk.subarray(0, 5) })
  link.notice({ ...notice, payload: chunk.subarray(5) })
  expect(chunk.toString()).toBe('firstsecond')
  await both
  expect(received).toEqual(['first', 'second'])
  await link.close()
})

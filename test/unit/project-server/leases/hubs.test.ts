import { expect, test } from 'vitest'

import { Hubs } from '../../../../src/project-server/leases/hubs.ts'
import { CodedError } from '../../../../src/util/coded-error.ts'

const ROW = { epoch: 1, holder: 'h', beat: 'b', termMs: 30_000 }

/** A hub that answers with its name as the beat, or refuses. */
function hub(name: string, asked: string[], refuses = false): Parameters<Hubs['add']>[0] {
  return {
    request: (async () => {
      asked.push(name)
      if (refuses) throw new CodedError('database_away', `${name} has no database`)
      return { lease: { ...ROW, beat: name } }
    }) as never,
  }
}

test('where one hub can not answer the next is asked, and that one first from then on', async () => {
  let linked = 0
  const hubs = new Hubs(() => linked++)
  const asked: string[] = []
  const open = new AbortController().signal
  hubs.add(hub('one', asked, true), open)
  hubs.add(hub('two', asked), open)
  expect(linked).toBe(2)
  expect((await hubs.ask('renew_host_lease', ROW)).lease?.beat).toBe('two')
  expect((await hubs.ask('renew_host_lease', ROW)).lease?.beat).toBe('two')
  expect(asked).toEqual(['one', 'two', 'two'])
})

test('without a hub, or where all refuse, it says why', async () => {
  const hubs = new Hubs(() => undefined)
  await expect(hubs.ask('renew_host_lease', ROW)).rejects.toMatchObject({ code: 'unavailable' })
  const closing = new AbortController()
  hubs.add(hub('one', [], true), closing.signal)
  await expect(hubs.ask('renew_host_lease', ROW)).rejects.toThrow('one has no database')
  closing.abort()
  await expect(hubs.ask('renew_host_lease', ROW)).rejects.toThrow('no hub is linked')
})

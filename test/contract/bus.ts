import { randomUUID } from 'node:crypto'

import { describe, expect, it } from 'vitest'

import type { Bus, BusSubject } from '../../src/hub/bus/bus.ts'
import type { BusEvent } from '../../src/messages/hub-to-hub.ts'
import { accountId, projectId } from '../../src/messages/ids.ts'
import { until } from '../support/until.ts'

/** Where a bus is tried. */
export interface BusPlace extends AsyncDisposable {
  /** Another hub on the same bus, which is there when this resolves. */
  open(hubId: string, silentMs?: number): Promise<Bus>
  /** What was subscribed before counts now. */
  settle(bus: Bus): Promise<void>
}

export const newAccount = (): BusSubject => `account.${accountId.parse(randomUUID())}`
export const newProject = (): BusSubject => `project.${projectId.parse(randomUUID())}`

/** An event that tells one from the other. */
export const numbered = (number: number): BusEvent => ({
  kind: 'project_changed',
  projectId: projectId.parse(`00000000-0000-4000-8000-${String(number).padStart(12, '0')}`),
})
const MISSED: BusEvent = { kind: 'missed' }

/** Servers and hubs, on a machine with everything else to do. */
export const LOADED_MS = 90_000

/** How soon a hub that is not heard is gone, where a test waits for that. */
export const SOON_MS = 2_000

/** All that a hub hears on a subject. */
export class Ear {
  readonly events: BusEvent[] = []
  readonly unsubscribe: () => void

  constructor(bus: Bus, subject: BusSubject) {
    this.unsubscribe = bus.subscribe(subject, (event) => this.events.push(event))
  }

  missed(times = 1): Promise<unknown> {
    return until(
      `${times} times missed`,
      async () => this.events,
      (events) => events.filter(({ kind }) => kind === 'missed').length >= times,
    )
  }

  until(count: number): Promise<BusEvent[]> {
    return until(
      `${count} events`,
      async () => this.events,
      (events) => events.length >= count,
    )
  }
}

/** What every bus keeps, tried on one or, where hubs share it, on several hubs. */
export function busContract(
  name: string,
  place: { readonly shared: boolean; readonly start: () => Promise<BusPlace> },
): void {
  describe(`${name}: a bus`, { timeout: LOADED_MS }, () => {
    it('tells each listener of a subject on this hub, in order, and nobody else', async () => {
      await using here = await place.start()
      await using bus = await here.open('a')
      const subject = newAccount()
      const ears = [new Ear(bus, subject), new Ear(bus, subject)]
      const other = new Ear(bus, newAccount())
      for (let number = 0; number < 100; number++) bus.publish(subject, numbered(number))
      const all = Array.from({ length: 100 }, (_, number) => numbered(number))
      for (const ear of ears) expect(await ear.until(100)).toEqual(all)
      expect(other.events).toEqual([])
    })

    it('tells nobody before `publish` has returned', async () => {
      await using here = await place.start()
      await using bus = await here.open('a')
      const subject = newAccount()
      const ear = new Ear(bus, subject)
      bus.publish(subject, numbered(1))
      expect(ear.events).toEqual([])
      await ear.until(1)
    })

    it('tells the others where one listener throws', async () => {
      await using here = await place.start()
      await using bus = await here.open('a')
      const subject = newProject()
      bus.subscribe(subject, () => {
        throw new Error('as planned')
      })
      const ear = new Ear(bus, subject)
      bus.publish(subject, numbered(1))
      expect(await ear.until(1)).toEqual([numbered(1)])
    })

    it('tells who has ended its subscription nothing more, and ends it once', async () => {
      await using here = await place.start()
      await using bus = await here.open('a')
      const subject = newProject()
      const [gone, stays] = [new Ear(bus, subject), new Ear(bus, subject)]
      gone.unsubscribe()
      gone.unsubscribe()
      bus.publish(subject, numbered(1))
      await stays.until(1)
      expect(gone.events).toEqual([])
    })

    it('is silent once it is closed, and takes what is published then', async () => {
      await using here = await place.start()
      const bus = await here.open('a')
      const subject = newProject()
      const ear = new Ear(bus, subject)
      await bus[Symbol.asyncDispose]()
      bus.publish(subject, numbered(1))
      await new Promise((resolve) => setImmediate(resolve))
      expect(ear.events).toEqual([])
    })

    it('has one steward', async () => {
      await using here = await place.start()
      await using bus = await here.open('a', SOON_MS)
      await until('the steward', async () => bus.roster.isSteward, Boolean)
    })
  })

  if (place.shared) sharedBusContract(name, place.start)
}

function sharedBusContract(name: string, start: () => Promise<BusPlace>): void {
  describe(`${name}: a bus of several hubs`, { timeout: LOADED_MS }, () => {
    it('tells every hub, in the order in which one of them published, each event once', async () => {
      await using here = await start()
      await using a = await here.open('a')
      await using b = await here.open('b')
      await using c = await here.open('c')
      const subject = newProject()
      const ears = [a, b, c].map((bus) => new Ear(bus, subject))
      await here.settle(b)
      await here.settle(c)
      const all = Array.from({ length: 1_000 }, (_, number) => numbered(number))
      for (const event of all) a.publish(subject, event)
      for (const ear of ears) expect(await ear.until(all.length)).toEqual(all)
    })

    it('tells of many subjects, each its own', async () => {
      await using here = await start()
      await using a = await here.open('a')
      await using b = await here.open('b')
      const subjects = Array.from({ length: 2_000 }, newAccount)
      const ears = subjects.map((subject) => new Ear(b, subject))
      await here.settle(b)
      for (const [number, subject] of subjects.entries()) a.publish(subject, numbered(number))
      for (const [number, ear] of ears.entries()) {
        expect(await ear.until(1)).toEqual([numbered(number)])
      }
    })

    it('tells a hub nothing more of a subject on which nobody listens there any more', async () => {
      await using here = await start()
      await using a = await here.open('a')
      await using b = await here.open('b')
      const [left, kept] = [newAccount(), newAccount()]
      const ear = new Ear(b, left)
      ear.unsubscribe()
      const again = new Ear(b, kept)
      await here.settle(b)
      a.publish(left, numbered(1))
      a.publish(kept, numbered(2))
      expect(await again.until(1)).toEqual([numbered(2)])
      expect(ear.events).toEqual([])
    })

    it('tells of an event that is too large that something was missed', async () => {
      await using here = await start()
      await using a = await here.open('a')
      await using b = await here.open('b')
      const subject = newAccount()
      const ears = [new Ear(a, subject), new Ear(b, subject)]
      await here.settle(b)
      const large: BusEvent = {
        kind: 'sessions_ended',
        sessions: [],
        reason: 'revoked',
        ...{ much: 'x'.repeat(2 * 1024 * 1024) },
      }
      a.publish(subject, large)
      a.publish(subject, numbered(1))
      expect(await ears[1]?.until(2)).toEqual([MISSED, numbered(1)])
      expect(await ears[0]?.until(2)).toEqual([large, numbered(1)])
    })

    it('knows the other hubs, and which one it is that does what one does for all', async () => {
      await using here = await start()
      await using a = await here.open('a', SOON_MS)
      await using b = await here.open('b', SOON_MS)
      await until('b at a', async () => a.roster.others.map(({ hubId }) => hubId), equals(['b']))
      await until('a at b', async () => b.roster.others.map(({ hubId }) => hubId), equals(['a']))
      await until(
        'the steward',
        async () => [a.roster.isSteward, b.roster.isSteward],
        equals([true, false]),
      )
      a.roster.describe(() => ({ draining: true, clients: 7 }))
      // A hub that was not heard for a moment makes the other one the steward too: what it tells is waited for.
      await until(
        'the next steward, and what it hears',
        async () => [
          b.roster.isSteward,
          ...b.roster.others.map(({ hubId, draining, clients }) => [hubId, draining, clients]),
        ],
        equals([true, ['a', true, 7]]),
      )
    })

    it('knows at once that a hub has left, and has missed nothing by that', async () => {
      await using here = await start()
      await using a = await here.open('a')
      const b = await here.open('b')
      await until(
        'b at a',
        async () => a.roster.others.length,
        (count) => count === 1,
      )
      const ear = new Ear(a, newAccount())
      await b[Symbol.asyncDispose]()
      await until(
        'nobody at a',
        async () => a.roster.others.length,
        (count) => count === 0,
      )
      expect(ear.events).toEqual([])
    })
  })
}

function equals(wanted: readonly unknown[]): (found: readonly unknown[]) => boolean {
  return (found) => JSON.stringify(found) === JSON.stringify(wanted)
}

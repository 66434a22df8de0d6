import { connect } from '@nats-io/transport-node'
import { describe, expect, it } from 'vitest'

import { memoryLogger } from '../support/memory-logger.ts'
import { NatsPlace, there } from '../support/nats-bus.ts'
import { hasNatsServer, WITHOUT_NATS } from '../support/nats-server.ts'
import { until } from '../support/until.ts'
import { busContract, Ear, LOADED_MS, newAccount, numbered, SOON_MS } from './bus.ts'

if (hasNatsServer) busContract('NATS', { shared: true, start: () => NatsPlace.start() })

describe.skipIf(!hasNatsServer)(`NATS${WITHOUT_NATS}`, { timeout: LOADED_MS }, () => {
  it('that is away costs nothing but time: this hub hears itself, and both sides read anew', async () => {
    await using place = await NatsPlace.start()
    await using a = await place.hub('a')
    await using b = await place.hub('b')
    await Promise.all([there(a.bus), there(b.bus)])
    const [published, quiet] = [newAccount(), newAccount()]
    const [hereOf, here] = [new Ear(a.bus, published), new Ear(a.bus, quiet)]
    const thereOf = new Ear(b.bus, published)
    await place.settle(b.bus)

    a.gate.shut()
    await until(
      'it is away',
      async () => a.bus.awaySinceMs,
      (since) => since !== undefined,
    )
    a.bus.publish(published, numbered(1))
    expect(await hereOf.until(1)).toEqual([numbered(1)])

    a.gate.open(place.port)
    // This hub was away: it may have missed anything. The other only what was published meanwhile.
    await Promise.all([hereOf.missed(), here.missed(), thereOf.missed()])
    a.bus.publish(published, numbered(2))
    await until(
      'the next event',
      async () => thereOf.events,
      (events) => events.at(-1)?.kind === 'project_changed',
    )
    expect(thereOf.events).not.toContainEqual(numbered(1))
    expect(thereOf.events.at(-1)).toEqual(numbered(2))
  })

  it('whose server is killed: all hubs read anew once there is another', async () => {
    await using place = await NatsPlace.start()
    await using a = await place.hub('a')
    await using b = await place.hub('b')
    await Promise.all([there(a.bus), there(b.bus)])
    const subject = newAccount()
    const ears = [new Ear(a.bus, subject), new Ear(b.bus, subject)]
    await place.settle(b.bus)
    await place.killServer()
    for (const { bus } of [a, b]) {
      await until(
        'it is away',
        async () => bus.awaySinceMs,
        (since) => since !== undefined,
      )
    }
    await place.startServer()
    for (const ear of ears) await ear.missed()
    await Promise.all([there(a.bus), there(b.bus)])
    await place.settle(b.bus)
    a.bus.publish(subject, numbered(1))
    await until(
      'the next event',
      async () => ears[1]?.events.at(-1),
      (last) => last?.kind === 'project_changed',
    )
  })

  it('of which a hub was cut off without a good-bye: the others read anew, and again when it is back', async () => {
    await using place = await NatsPlace.start()
    await using a = await place.hub('a', { silentMs: SOON_MS })
    await using b = await place.hub('b')
    await Promise.all([there(a.bus), there(b.bus)])
    await until(
      'b at a',
      async () => a.bus.roster.others.length,
      (count) => count === 1,
    )
    const ear = new Ear(a.bus, newAccount())
    b.gate.shut()
    // It may have been killed between changing a fact and telling it.
    await ear.missed()
    b.gate.open(place.port)
    await until(
      'b at a',
      async () => a.bus.roster.others.length,
      (count) => count === 1,
    )
    await ear.missed(2)
  })

  it('ignores what is none of its messages, and says so', async () => {
    await using place = await NatsPlace.start()
    const { logger, messages } = memoryLogger()
    await using hub = await place.hub('a', { logger })
    await there(hub.bus)
    const subject = newAccount()
    const ear = new Ear(hub.bus, subject)
    await place.settle(hub.bus)
    const foreign = await connect({ servers: `127.0.0.1:${place.port}` })
    foreign.publish(`test.${subject}`, 'not JSON')
    foreign.publish(`test.${subject}`, '{"kind":"of_a_newer_hub"}')
    foreign.publish(`test.${subject}`, '{"kind":"role_changed","__proto__":{}}')
    foreign.publish('test.beats', '{"hubId":7}')
    foreign.publish(`test.${subject}`, JSON.stringify(numbered(1)))
    expect(await ear.until(1)).toEqual([numbered(1)])
    expect(messages.filter((message) => message === 'not an event of the bus')).toHaveLength(3)
    expect(messages.filter((message) => message === 'not a beat of a hub')).toHaveLength(1)
    await foreign.close()
  })

  it('that is not there when a hub starts is found later', async () => {
    await using place = await NatsPlace.start()
    await using hub = await place.hub('a')
    hub.gate.shut()
    const subject = newAccount()
    const ear = new Ear(hub.bus, subject)
    hub.bus.publish(subject, numbered(1))
    expect(await ear.until(1)).toEqual([numbered(1)])
    hub.gate.open(place.port)
    await ear.missed()
  })
})

import type { Link } from '../../daemon/links/link.ts'
import { LINK_BINARY, LINK_TEXT } from '../../messages/hub-local-hub.ts'
import { encodeChannelBody } from '../../messages/frames.ts'
import type { Broadcast, LocalClient } from '../client.ts'
import { HubClient } from './hub-client.ts'

/** Sends one frame for each hub, with the list of its clients. */
export const broadcast: Broadcast = {
  notify(clients, event, body) {
    send(LINK_TEXT, clients, () => Buffer.from(JSON.stringify({ ...body, event })))
  },
  sendBinary(clients, channel, payload) {
    send(LINK_BINARY, clients, () => encodeChannelBody(channel, payload))
  },
}

function send(kind: number, clients: Iterable<LocalClient>, serialize: () => Uint8Array): void {
  const byLink = new Map<Link, HubClient[]>()
  for (const client of clients) {
    // Clients are made by this folder only.
    if (!(client instanceof HubClient) || client.left.aborted) continue
    const list = byLink.get(client.link)
    if (list) list.push(client)
    else byLink.set(client.link, [client])
  }
  if (byLink.size === 0) return
  const payload = serialize()
  for (const [link, list] of byLink) {
    const ids = list.map((client) => client.linkId)
    link.send(kind, ids, payload)
    for (const client of list) client.queued(payload.length)
  }
}

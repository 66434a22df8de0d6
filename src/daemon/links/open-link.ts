import { connectSocket } from './address.ts'
import { openHandshake } from './handshake.ts'
import type { OpenerIdentity } from './handshake.ts'
import { Link } from './link.ts'

/**
 * Connects and proves the secret; `onOpen` sets the link's receiver.
 * @throws CodedError `unavailable`, `forbidden`, `old_version`, `conflict` (an older epoch), `closed`
 */
export async function openLink(
  address: string,
  identity: OpenerIdentity,
  onOpen: (link: Link) => void,
): Promise<Link> {
  const opened: { link?: Link } = {}
  // Who is connected to waits for what this side says first.
  const socket = await connectSocket(address, (chunk) => opened.link?.read(chunk))
  const link = new Link(socket)
  opened.link = link
  await openHandshake(link, identity, onOpen)
  return link
}

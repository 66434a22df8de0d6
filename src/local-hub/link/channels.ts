import { channelId } from '../../messages/ids.ts'
import type { ChannelId } from '../../messages/ids.ts'
import type { ErrorCode } from '../../messages/errors.ts'
import { decodeChannelBody } from '../../messages/frames.ts'
import { CodedError } from '../../util/coded-error.ts'
import type { ChannelOwner, Channels, LocalClient } from '../client.ts'

/** Numbers channels, and brings what arrives on one to its owner. */
export class ChannelTable implements Channels {
  readonly #owners = new Map<number, ChannelOwner>()
  #last = 0

  open(owner: ChannelOwner): ChannelId {
    const channel = channelId.parse(++this.#last)
    this.#owners.set(channel, owner)
    return channel
  }

  close(channel: ChannelId): void {
    this.#owners.delete(channel)
  }

  /**
   * Takes `channel varint . payload` of a client. What comes for a channel that was just closed is dropped, as
   * its sender could not know.
   * @throws CodedError `bad_message` for a channel that never was, and what the owner throws
   */
  receive(client: LocalClient, body: Uint8Array): void {
    const { channel, payload } = decodeChannelBody(body)
    const owner = this.#owners.get(channel)
    if (owner) return owner.receive(client, payload)
    if (channel < 1 || channel > this.#last) {
      throw new CodedError<ErrorCode>('bad_message', `there is no channel ${channel}`)
    }
  }
}

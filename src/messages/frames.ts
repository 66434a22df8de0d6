import { CodedError } from '../util/coded-error.ts'
import { readVarint, writeVarint, varintLength } from '../util/varint.ts'
import type { ErrorCode } from './errors.ts'
import { BINARY_FRAME_BYTES_MAX, TEXT_FRAME_BYTES_MAX } from './limits.ts'

/**
 * Frames between browser and hub:
 *
 *     text    <route in base 36>:<json>
 *     binary  route varint . channel varint . payload
 *
 * A hub reads the route and forwards the rest (json, or channel and payload) unread.
 */
export interface TextFrame {
  readonly route: number
  readonly json: string
}

export interface BinaryFrame {
  readonly route: number
  /** Channel varint and payload, as they are on the link. */
  readonly body: Uint8Array
}

/** A route in base 36 has at most this many digits. */
const ROUTE_DIGITS_MAX = 4

export function encodeTextFrame(route: number, json: string): string {
  return `${route.toString(36)}:${json}`
}

/** @throws CodedError `bad_message`, `too_large` */
export function decodeTextFrame(frame: string): TextFrame {
  if (frame.length > TEXT_FRAME_BYTES_MAX) throw tooLarge(frame.length, TEXT_FRAME_BYTES_MAX)
  const colon = frame.indexOf(':')
  const digits = colon < 1 || colon > ROUTE_DIGITS_MAX ? '' : frame.slice(0, colon)
  if (!/^[0-9a-z]+$/.test(digits)) throw badFrame('a text frame begins with its route and a colon')
  return { route: Number.parseInt(digits, 36), json: frame.slice(colon + 1) }
}

export function encodeBinaryFrame(route: number, body: Uint8Array): Uint8Array {
  const frame = new Uint8Array(varintLength(route) + body.length)
  frame.set(body, writeVarint(frame, 0, route))
  return frame
}

/** @throws CodedError `bad_message`, `too_large` */
export function decodeBinaryFrame(frame: Uint8Array): BinaryFrame {
  if (frame.length > BINARY_FRAME_BYTES_MAX) throw tooLarge(frame.length, BINARY_FRAME_BYTES_MAX)
  const route = readVarint(frame, 0)
  if (!route) throw badFrame('a binary frame begins with its route')
  return { route: route.value, body: frame.subarray(route.end) }
}

/** The body of a binary frame: `channel varint . payload`. */
export function encodeChannelBody(channel: number, payload: Uint8Array): Uint8Array {
  const body = new Uint8Array(varintLength(channel) + payload.length)
  body.set(payload, writeVarint(body, 0, channel))
  return body
}

/** @throws CodedError `bad_message` */
export function decodeChannelBody(body: Uint8Array): { channel: number; payload: Uint8Array } {
  const channel = readVarint(body, 0)
  if (!channel) throw badFrame('the body of a binary frame begins with its channel')
  return { channel: channel.value, payload: body.subarray(channel.end) }
}

function badFrame(message: string): CodedError<ErrorCode> {
  return new CodedError<ErrorCode>('bad_message', message)
}

function tooLarge(size: number, limit: number): CodedError<ErrorCode> {
  return new CodedError<ErrorCode>('too_large', `a frame of ${size} bytes; the limit is ${limit}`)
}

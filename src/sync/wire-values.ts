import { CodedError } from '../util/coded-error.ts'
import type { ByteReader, ByteWriter } from './bytes.ts'
import type { Edit } from './edit.ts'
import type { NumberedAuthor } from './messages.ts'
import { readEdit, writeEdit } from './wire-edit.ts'

/** An edit with its length in front. */
export function writeEditBlock(writer: ByteWriter, edit: Edit): void {
  writer.nested(() => writeEdit(writer, edit))
}

/** @throws CodedError `bad_message`, `too_large` */
export function readEditBlock(reader: ByteReader): Edit {
  return readEdit(reader.inner())
}

/** `count varint . (index varint . sid text . account text . name text)*` */
export function writeAuthors(writer: ByteWriter, authors: readonly NumberedAuthor[]): void {
  writer.varint(authors.length)
  for (const { index, sid, accountId, name } of authors) {
    writer.varint(index)
    for (const text of [sid, accountId, name]) writer.text(text)
  }
}

/** @throws CodedError `bad_message` */
export function readAuthors(reader: ByteReader): NumberedAuthor[] {
  return reader.list(() => ({
    index: reader.varint(),
    sid: readName(reader),
    accountId: readName(reader),
    name: readName(reader),
  }))
}

/** Characters of what an author is called. */
const NAME_LENGTH_MAX = 1000

function readName(reader: ByteReader): string {
  const name = reader.text()
  if (name.length <= NAME_LENGTH_MAX) return name
  throw new CodedError('bad_message', `a name of ${name.length} characters`)
}

/** What a client's session may be called. Those who write for people in the local hub have a colon in theirs. */
const CLIENT_SID = /^[A-Za-z0-9_-]{1,64}$/

export function readSid(reader: ByteReader): string {
  const sid = reader.text()
  if (CLIENT_SID.test(sid)) return sid
  throw new CodedError('bad_message', `${JSON.stringify(sid.slice(0, 80))} is no session's id`)
}

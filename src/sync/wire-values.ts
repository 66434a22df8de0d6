import { CodedError } from '../util/coded-error.ts'
import { ByteReader, ByteWriter } from './bytes.ts'
import type { Edit } from './edit.ts'
import type { NumberedAuthor } from './messages.ts'
import { readEdit, writeEdit } from './wire-edit.ts'

/** An edit with its length in front. */
export function writeEditBlock(writer: ByteWriter, edit: Edit): void {
  const inner = new ByteWriter()
  writeEdit(inner, edit)
  writer.block(inner.done())
}

/** @throws CodedError `bad_message`, `too_large` */
export function readEditBlock(reader: ByteReader): Edit {
  return readEdit(new ByteReader(reader.block()))
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
    sid: reader.text(),
    accountId: reader.text(),
    name: reader.text(),
  }))
}

/** Characters of a session id. */
const SID_LENGTH_MAX = 64

export function readSid(reader: ByteReader): string {
  const sid = reader.text()
  if (sid !== '' && sid.length <= SID_LENGTH_MAX) return sid
  throw new CodedError('bad_message', `a session id of ${sid.length} characters`)
}

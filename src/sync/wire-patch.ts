import type { ByteReader, ByteWriter } from './bytes.ts'
import { CodedError } from '../util/coded-error.ts'
import { checkPartId } from './check-values.ts'
import { toChange, toEdit } from './edit.ts'
import { CHANGE_PARTS_MAX, INSERT_LENGTH_MAX, PATCH_EDITS_MAX } from './limits.ts'
import type { ClientMessage, PatchHunk, PatchStep } from './messages.ts'
import { readEditBlock, readSid, writeEditBlock } from './wire-values.ts'

type Patch = Extract<ClientMessage, { kind: 'patch' }>

const BLIND_FLAG = 1
const HUNKS_STEP = 0
const OP_STEP = 1

/** The fields of a `patch`, drawn in wire-client.ts. */
export function writePatch(writer: ByteWriter, { sid, gen, n, blind, edits }: Patch): void {
  writer.text(sid)
  writer.varint(gen)
  writer.varint(n)
  writer.byte(blind ? BLIND_FLAG : 0)
  writer.varint(edits.length)
  for (const steps of edits) {
    writer.varint(steps.length)
    for (const step of steps) writeStep(writer, step)
  }
}

/** @throws CodedError `bad_message`, `too_large` */
export function readPatch(reader: ByteReader): Patch {
  return {
    kind: 'patch',
    sid: readSid(reader),
    gen: reader.varint(),
    n: reader.varint(),
    blind: (reader.byte() & BLIND_FLAG) !== 0,
    edits: reader.list(
      () => reader.list(() => readStep(reader), CHANGE_PARTS_MAX),
      PATCH_EDITS_MAX,
    ),
  }
}

function writeStep(writer: ByteWriter, step: PatchStep): void {
  if ('op' in step) {
    writer.byte(OP_STEP)
    return writeEditBlock(writer, toEdit([step.op]))
  }
  writer.byte(HUNKS_STEP)
  writer.text(step.part)
  writer.varint(step.hunks.length)
  for (const { at, before, deleted, inserted, after } of step.hunks) {
    writer.varint(at)
    for (const text of [before, deleted, inserted, after]) writer.text(text)
  }
}

function readStep(reader: ByteReader): PatchStep {
  const kind = reader.byte()
  if (kind === HUNKS_STEP)
    return { part: checkPartId(reader.text()), hunks: reader.list(() => readHunk(reader)) }
  if (kind !== OP_STEP) throw new CodedError('bad_message', `kind ${kind} of patch step is unknown`)
  const [op, more] = toChange(readEditBlock(reader))
  if (op === undefined || more !== undefined || op[0] === 't')
    throw new CodedError('bad_message', 'a step of a patch is one op that is no text')
  return { op }
}

function readHunk(reader: ByteReader): PatchHunk {
  const hunk = {
    at: reader.varint(),
    before: reader.text(),
    deleted: reader.text(),
    inserted: reader.text(),
    after: reader.text(),
  }
  if (hunk.inserted.length > INSERT_LENGTH_MAX)
    throw new CodedError('too_large', `an insert of ${hunk.inserted.length}`)
  return hunk
}

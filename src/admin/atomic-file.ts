import { renameSync, writeFileSync } from 'node:fs'

/** Writes a file beside its place and renames it there: readers see the old one or the new one. */
export function writeFileAtomically(file: string, text: string, mode: number): void {
  const beside = `${file}.${process.pid}.tmp`
  writeFileSync(beside, text, { mode })
  renameSync(beside, file)
}

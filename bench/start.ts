/*
 * How long a person waits for the printed address: `start_fresh` from a fresh clone with an empty
 * data directory (packages, build, first start), `start_second` the same again.
 */
import { spawnSync } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { emit, note } from './support/emit.ts'
import { startSalvus, temporaryData } from './support/salvus.ts'
import { median } from './support/statistics.ts'

const SECOND_STARTS = 5

async function main(): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'salvus-bench-clone-'))
  try {
    const clone = join(folder, 'salvus')
    const { status } = spawnSync('git', ['clone', '--quiet', '.', clone], { stdio: 'inherit' })
    if (status !== 0) throw new Error('git clone failed')
    await using data = await temporaryData()
    note('fresh start: packages, build, servers ...')
    emit({ name: 'start_fresh', value: (await timeStart(clone, data.path)) / 1000, unit: 's' })
    const again: number[] = []
    for (let n = 0; n < SECOND_STARTS; n++) again.push(await timeStart(clone, data.path))
    emit({ name: 'start_second', value: median(again) / 1000, unit: 's' })
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function timeStart(clone: string, dataDir: string): Promise<number> {
  await using salvus = await startSalvus({ clone, dataDir })
  return salvus.startMs
}

await main()

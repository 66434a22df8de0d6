import { expect, test } from 'vitest'

import { MUTANTS } from '../../../tools/mutation/mutants.mjs'
import { runCommand } from '../../../tools/setup/run-command.mjs'
import { longTest } from '../../support/long.ts'

/** Two whose tests take seconds: that the script itself works. */
const FEW = ['undo deletes', 'nobody waits']

/** Not of the run that this is part of. */
const env = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => !name.startsWith('VITEST')),
)

async function mutation(names: readonly string[]): Promise<string> {
  const args = ['tools/mutation.mjs', ...names]
  const { output } = await runCommand(process.execPath, args, { env, timeoutMs: 3_600_000 })
  return output
}

test(
  'faults that are planted in the synchronization are caught by its tests',
  { timeout: 180_000 },
  async () => {
    expect(await mutation(FEW)).toContain(`mutants: ${FEW.length} caught, 0 not`)
  },
)

longTest('all of them are', 3_600_000, async () => {
  expect(await mutation([])).toContain(`mutants: ${MUTANTS.length} caught, 0 not`)
})

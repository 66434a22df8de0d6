import { renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { describe, expect, it } from 'vitest'

import { PythonPreparation } from '../../../../src/local-hub/worksheets/python-preparation.ts'
import { temporaryDirectory } from '../../../support/temporary-directory.ts'

async function stateFile(): Promise<{ path: string; write: (state: object) => void }> {
  const path = join(await temporaryDirectory(), 'state.json')
  const write = (state: object): void => {
    writeFileSync(`${path}.new`, JSON.stringify(state))
    renameSync(`${path}.new`, path)
  }
  return { path, write }
}

describe('the preparation of Python', () => {
  it('is waited for, with its progress told', async () => {
    const { path, write } = await stateFile()
    await using preparation = await PythonPreparation.open(path)
    expect(preparation.state).toEqual({ state: 'preparing' })
    const ready = preparation.ready()
    write({ state: 'preparing', message: 'installing sympy' })
    write({ state: 'ready', python: '/usr/bin/python3' })
    await ready
    expect(preparation.state.python).toBe('/usr/bin/python3')
  })

  it('fails with the remedy that the set-up names', async () => {
    const { path, write } = await stateFile()
    write({ state: 'failed', message: 'no venv module', remedy: 'apt install python3-venv' })
    await using preparation = await PythonPreparation.open(path)
    await expect(preparation.ready()).rejects.toThrow('no venv module (apt install python3-venv)')
  })

  it('goes on with a Python that lacks its packages', async () => {
    const { path, write } = await stateFile()
    write({ state: 'failed', message: 'no network', python: '/usr/bin/python3' })
    await using preparation = await PythonPreparation.open(path)
    await expect(preparation.ready()).resolves.toBeUndefined()
  })
})

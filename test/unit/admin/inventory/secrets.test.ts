import { chmodSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { expect, test } from 'vitest'

import { readDeployment } from '../../../../src/admin/inventory/read-inventory.ts'
import { makeSecrets, readSecrets } from '../../../../src/admin/inventory/secrets.ts'
import { inventoryFolder, oneHost } from '../../../support/test-deployment.ts'

const KEY = 'a'.repeat(64)

test('the secrets that services need are made, mode 0600, and what is there stays', async () => {
  const folder = await inventoryFolder(oneHost(['hub', 'nats', 'project-server']), {
    'secrets.toml': `hub = "${KEY}"`,
  })
  const deployment = readDeployment({ folder })
  expect(() => readSecrets(deployment)).toThrow(
    'secrets.toml lacks the secret projectServers.web, nats.hub, nats.cluster, nats.gateway.',
  )
  expect(makeSecrets(deployment)).toEqual([
    'projectServers.web',
    'nats.hub',
    'nats.cluster',
    'nats.gateway',
  ])
  expect(statSync(join(folder, 'secrets.toml')).mode & 0o777).toBe(0o600)
  const secrets = readSecrets(deployment)
  expect(secrets.hub).toBe(KEY)
  expect(secrets.projectServers['web']).toMatch(/^[0-9a-f]{64}$/)
  const before = readFileSync(join(folder, 'secrets.toml'), 'utf8')
  expect(makeSecrets(deployment)).toEqual([])
  expect(readFileSync(join(folder, 'secrets.toml'), 'utf8')).toBe(before)
})

test('a file of secrets that others can read is refused', async () => {
  const folder = await inventoryFolder(oneHost(['hub']), { 'secrets.toml': `hub = "${KEY}"` })
  chmodSync(join(folder, 'secrets.toml'), 0o640)
  expect(() => readSecrets(readDeployment({ folder }))).toThrow(
    /secrets.toml has the mode 640: others than its owner can read it/,
  )
})

test.each([
  ['a value that is none', 'hub = "short-secret"', 'short-secret'],
  ['a malformed line', `hub = "${KEY}`, KEY],
  ['an unknown key', `hubb = "${KEY}"`, KEY],
])('%s is refused without showing it', async (_what, text, secret) => {
  const folder = await inventoryFolder(oneHost(['hub']))
  writeFileSync(join(folder, 'secrets.toml'), text, { mode: 0o600 })
  let message = 'accepted'
  try {
    readSecrets(readDeployment({ folder }))
  } catch (error) {
    message = String(error)
  }
  expect(message).toContain('secrets.toml')
  expect(message).not.toContain(secret)
})

import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { expect, test } from 'vitest'

import { MANIFEST } from '../../../../src/admin/configure/manifest.ts'
import { GENERATED } from '../../../../src/admin/configure/write.ts'
import { checkCertificate } from '../../../../src/admin/doctor/certificate.ts'
import { judgeClock } from '../../../../src/admin/doctor/clocks.ts'
import { checkFiles, checkSecretModes } from '../../../../src/admin/doctor/files.ts'
import { checkDisk } from '../../../../src/admin/doctor/machine.ts'
import { checkPrograms } from '../../../../src/admin/doctor/programs.ts'
import { checkServices } from '../../../../src/admin/doctor/services.ts'
import { checkSurvival } from '../../../../src/admin/doctor/survival.ts'
import type { Manifest } from '../../../../src/admin/configure/manifest.ts'
import { readDeployment } from '../../../../src/admin/inventory/read-inventory.ts'
import { programOnPath } from '../../../support/programs.ts'
import { temporaryDirectory } from '../../../support/temporary-directory.ts'
import { inventoryFolder, oneHost } from '../../../support/test-deployment.ts'
import { makeCertificate } from '../../../support/way-in.ts'

const DAY_MS = 24 * 60 * 60_000

function manifest(kind: string, data: string): Manifest {
  return {
    deployment: 'd',
    host: 'web',
    datacenter: 'dc1',
    data,
    program: '/opt/salvus',
    services: [
      {
        id: kind,
        kind,
        command: ['nothing'],
        environment: {},
        folders: [],
        after: [],
        // Nobody listens on the port of discard.
        ready: { kind: 'port', address: '127.0.0.1', port: 9 },
        memoryMB: 1,
        graceS: 1,
        notifies: false,
      },
    ],
  }
}

test('a file that somebody has changed is named, with the command that mends it', async () => {
  const folder = await temporaryDirectory()
  const files = [{ path: MANIFEST, text: '{}\n' }]
  writeFileSync(join(folder, MANIFEST), '{}\n')
  expect(checkFiles(folder, files, 'salvus configure').verdict).toBe('well')
  writeFileSync(join(folder, MANIFEST), '{ }\n')
  expect(checkFiles(folder, files, 'salvus configure')).toEqual({
    verdict: 'wrong',
    what: 'not as the inventory says: services.json (changed)',
    remedy: 'salvus configure',
  })
})

test('a secret that others can read is named', async () => {
  const folder = await temporaryDirectory()
  mkdirSync(join(folder, 'secrets'))
  writeFileSync(join(folder, GENERATED), 'secrets/hub\nhaproxy/haproxy.cfg\n')
  writeFileSync(join(folder, 'secrets/hub'), 'x', { mode: 0o600 })
  expect(checkSecretModes(folder).verdict).toBe('well')
  chmodSync(join(folder, 'secrets/hub'), 0o644)
  expect(checkSecretModes(folder)).toMatchObject({
    verdict: 'wrong',
    remedy: `chmod 600 ${folder}/secrets/hub`,
  })
})

test.skipIf(programOnPath('openssl') === undefined)(
  'a certificate that ends soon, has ended, or lacks a name is told',
  async () => {
    const file = join(await temporaryDirectory(), 'site.pem')
    makeCertificate(file)
    const judge = async (contentHost: string, nowMs: number): Promise<unknown> => {
      const inventory = oneHost(['hub'])
        .replace('/etc/tls/site.pem', file)
        .replace('salvus.example.com', 'salvus.test')
        .replace('content.example.net', contentHost)
      const deployment = readDeployment({ folder: await inventoryFolder(inventory) })
      return checkCertificate(deployment, nowMs).map(({ verdict, what }) => [
        verdict,
        what.replace(file, 'FILE'),
      ])
    }
    const now = Date.now()
    expect(await judge('content.test', now)).toEqual([
      ['warning', expect.stringMatching(/^FILE expires in [01] days$/)],
    ])
    expect(await judge('content.test', now - 60 * DAY_MS)).toEqual([
      ['well', expect.stringMatching(/^the certificate holds for 6[01] days$/)],
    ])
    expect(await judge('content.test', now + 9 * DAY_MS)).toEqual([
      ['wrong', expect.stringMatching(/^FILE has expired, [89] days ago$/)],
    ])
    expect(await judge('elsewhere.test', now - 60 * DAY_MS)).toContainEqual([
      'wrong',
      'FILE does not hold for elsewhere.test',
    ])
  },
)

test('a clock is judged by what is certain of it', () => {
  expect(judgeClock('far', 900).verdict).toBe('well')
  expect(judgeClock('far', -2_500)).toMatchObject({
    verdict: 'warning',
    what: 'the clock of far is 2.5 s behind',
  })
  expect(judgeClock('far', 600_000).verdict).toBe('wrong')
})

test('a service that does not answer and a program that is missing are told with what to do', async () => {
  const folder = await temporaryDirectory()
  expect(await checkServices(manifest('nginx', folder))).toEqual([
    {
      verdict: 'wrong',
      what: 'nginx does not answer at 127.0.0.1:9',
      remedy: 'salvus logs nginx; salvus restart nginx',
    },
  ])
  const [finding] = await checkPrograms(manifest('haproxy', folder))
  expect(finding?.what).toMatch(/^haproxy (\d|is not installed)/)
  expect((await checkDisk(manifest('hub', join(folder, 'not/yet')))).what).toContain(
    `GB are free in ${folder}`,
  )
})

test('two datacenters alone are told what their loss means, and a third one that breaks ties is enough', async () => {
  const survival = async (third: boolean): Promise<unknown> => {
    const nodes = ['dc1', 'dc2', ...(third ? ['dc3'] : [])].map(
      (name, index) =>
        `[hosts.data${index}]\ndatacenter = "${name}"\naddress = "10.${index}.0.1"\nservices = ["cassandra"]\n`,
    )
    const inventory = `${oneHost([])
      .replace('[paths]', '[paths]\ncassandra = "/opt"')
      .replace(
        '[datacenters.dc1]',
        `[datacenters.dc1]\n[datacenters.dc2]\n${third ? '[datacenters.dc3]' : ''}`,
      )}${nodes.join('')}`
    return checkSurvival(readDeployment({ folder: await inventoryFolder(inventory) }))
  }
  expect(await survival(true)).toEqual({
    verdict: 'well',
    what: 'any datacenter may be lost: of copies dc1 1, dc2 1, dc3 1, 2 decide',
  })
  expect(await survival(false)).toMatchObject({
    verdict: 'warning',
    what: expect.stringContaining('after the loss of dc1 or dc2 nobody can sign up'),
  })
})

import { writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { describe, expect, test } from 'vitest'

import { readDeployment } from '../../../../src/admin/inventory/read-inventory.ts'
import { inventoryFolder, oneHost } from '../../../support/test-deployment.ts'

/** The message with which an inventory is refused, without its folder. */
async function refusal(inventory: string, environment?: string): Promise<string> {
  const folder = await inventoryFolder(inventory)
  if (environment !== undefined) {
    writeFileSync(join(folder, 'environments/staging.toml'), environment)
  }
  try {
    readDeployment({ folder, ...(environment === undefined ? {} : { environment: 'staging' }) })
  } catch (error) {
    return String(error).replaceAll(`${folder}/`, '')
  }
  return 'accepted'
}

const replaced = (from: string, to: string): string => oneHost(['hub']).replace(from, to)

describe('what is wrong is told with its file, key and value', () => {
  test.each([
    [
      'an unknown key',
      replaced('address =', 'adress = "10.1.0.1"\naddress ='),
      'inventory.toml: hosts.web.adress = "10.1.0.1": there is no such key',
    ],
    [
      'a missing key',
      replaced('address = "10.1.0.11"', ''),
      'inventory.toml: hosts.web.address: is missing',
    ],
    [
      'an address that is none',
      replaced('10.1.0.11', '10.1.0'),
      'inventory.toml: hosts.web.address = "10.1.0": is not an address such as 10.1.0.11: names are not looked up',
    ],
    [
      'a datacenter that is none',
      replaced('datacenter = "dc1"', 'datacenter = "dc9"'),
      'inventory.toml: hosts.web.datacenter = "dc9": "dc9" is not among the datacenters (dc1)',
    ],
    [
      'a site without a slash at its end',
      replaced('/s/', '/s'),
      'inventory.toml: site.publicUrl = "https://salvus.example.com/s": must end with a slash',
    ],
    [
      'two origins with one host name',
      replaced('content.example.net', 'salvus.example.com'),
      'inventory.toml: site.contentUrl = "https://salvus.example.com/": must have another host name than publicUrl: what users make is kept apart by it',
    ],
    [
      'a path that another program would take for two words',
      replaced('/srv/salvus', '/srv/my salvus'),
      'inventory.toml: paths.data = "/srv/my salvus": is not a path of letters, digits and . _ / @ + -',
    ],
    [
      'ports that clash on one host',
      oneHost(['haproxy', 'nginx'], '[ports.nginx]\nfiles = 80'),
      'inventory.toml: hosts.web.ports.nginx.files: port 80 of 10.1.0.11 is taken by haproxy of web (http)',
    ],
    [
      'two hubs without a bus',
      oneHost(['hub'], 'hubs = 2'),
      'inventory.toml: hosts: 2 hubs need a bus: give a host the service nats',
    ],
    [
      'hubs far from every node of the database',
      `${oneHost(['hub', 'nats']).replace('[paths]', '[paths]\ncassandra = "/opt"')}
[hosts.far]\ndatacenter = "dc2"\naddress = "10.2.0.1"\nservices = ["cassandra"]\n[datacenters.dc2]`,
      'inventory.toml: datacenters.dc1: its hubs need nodes of Cassandra in their own datacenter',
    ],
    [
      'TLS without a certificate',
      oneHost(['stunnel', 'haproxy']).replace(/\[tls\]\n.*\n/, ''),
      'inventory.toml: site.publicUrl = "https://salvus.example.com/s/": begins with https:, but there is no [tls]',
    ],
    ['a malformed line', `${oneHost(['hub'])}\nhubs 2`, 'inventory.toml, line 18: '],
  ])('%s', async (_what, inventory, message) => {
    expect(await refusal(inventory)).toContain(message)
  })

  test('what an environment says is told with the file of the environment', async () => {
    expect(await refusal(oneHost(['hub']), '[hosts.web]\naddress = "nowhere"')).toContain(
      'environments/staging.toml: hosts.web.address = "nowhere": is not an address',
    )
  })

  test('an environment that there is none of is refused with those that there are', async () => {
    const folder = await inventoryFolder(oneHost(['hub']), { 'environments/staging.toml': '' })
    expect(() => readDeployment({ folder, environment: 'produktion' })).toThrow(
      /There is no environment "produktion"/,
    )
  })

  test('two hosts that are addresses of one machine may have the same ports', async () => {
    const two = `${oneHost(['nginx'])}[hosts.web2]\ndatacenter = "dc1"\naddress = "10.1.0.12"\nservices = ["nginx"]`
    expect(await refusal(two)).toBe('accepted')
    expect(await refusal(two.replace('10.1.0.12', '10.1.0.11'))).toContain(
      'hosts.web2.ports.nginx.files: port 8005 of 10.1.0.11 is taken by nginx of web (files)',
    )
  })
})

test('an environment is laid over the inventory key by key, and lists whole', async () => {
  const folder = await inventoryFolder(oneHost(['hub', 'nginx']), {
    'environments/staging.toml': '[site]\nname = "Staging"\n[hosts.web]\nservices = ["hub"]',
  })
  const { inventory, publicUrl, hosts } = readDeployment({ folder, environment: 'staging' })
  expect(inventory.site.name).toBe('Staging')
  expect(publicUrl.href).toBe('https://salvus.example.com/s/')
  expect(hosts[0]?.services.map(({ id }) => id)).toEqual(['hub-1'])
})

test.each(['deploy_local', 'deploy_test', 'deploy_two_datacenters'])(
  'conf/%s is a right inventory, in each of its environments',
  (name) => {
    const folder = join('conf', name)
    expect(readDeployment({ folder }).hosts.length).toBeGreaterThan(0)
    if (name === 'deploy_test') return
    expect(readDeployment({ folder, environment: 'staging' }).environment).toBe('staging')
  },
)

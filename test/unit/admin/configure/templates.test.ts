import { writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { describe, expect, test } from 'vitest'

import { manifestOf } from '../../../../src/admin/configure/generate.ts'
import { readConfiguration } from '../../../../src/daemon/configuration.ts'
import { HUB_SETTINGS } from '../../../../src/hub/configuration/settings.ts'
import { temporaryDirectory } from '../../../support/temporary-directory.ts'
import { generate, oneHost } from '../../../support/test-deployment.ts'

const FRONT = ['stunnel', 'haproxy', 'nginx', 'hub', 'nats', 'project-server']

describe('haproxy', () => {
  test('takes the client’s address from stunnel by the PROXY protocol, and TLS itself without one', async () => {
    const behind = await generate(oneHost(FRONT))
    expect(binds(behind.files)).toEqual([
      '127.0.0.1:8000 accept-proxy',
      '10.1.0.11:80',
      '10.1.0.11:8404',
    ])
    const alone = await generate(oneHost(FRONT.slice(1)))
    expect(binds(alone.files)).toEqual([
      '10.1.0.11:443 ssl crt /etc/tls/site.pem alpn h2,http/1.1',
      '10.1.0.11:80',
      '10.1.0.11:8404',
    ])
  })

  test('speaks plain HTTP where there is no certificate, and redirects nothing', async () => {
    const plain = oneHost(['haproxy', 'hub'])
      .replace(/\[tls\]\n.*\n/, '')
      .replaceAll('https:', 'http:')
    const { files } = await generate(plain)
    expect(binds(files)).toEqual(['10.1.0.11:80', '10.1.0.11:8404'])
    expect(files['haproxy/haproxy.cfg']).not.toContain('redirect prefix')
  })

  test('asks the hubs of its datacenter only, each by its own /alive below the base path', async () => {
    const two = `${oneHost(['haproxy', 'hub', 'nats', 'cassandra'], 'hubs = 2')}
[hosts.far]
datacenter = "dc2"
address = "10.2.0.11"
services = ["hub", "cassandra"]
[datacenters.dc2]
`.replace('[paths]', '[paths]\ncassandra = "/opt/cassandra/lib"')
    const { files } = await generate(two)
    const configuration = files['haproxy/haproxy.cfg'] ?? ''
    expect(configuration).toContain(
      'http-check send meth GET uri /s/alive ver HTTP/1.1 hdr Host salvus.example.com',
    )
    expect(configuration.match(/server web\S+ \S+/g)).toEqual([
      'server web-hub-1 10.1.0.11:8010',
      'server web-hub-2 10.1.0.11:8020',
      'server web-hub-1 10.1.0.11:8011',
      'server web-hub-2 10.1.0.11:8021',
    ])
  })

  test('limits what one address may do, by the figures of the inventory', async () => {
    const { files } = await generate(
      oneHost(
        FRONT,
        '[limits]\nconnections = 11\nconnectionsPer10s = 12\nsignInsPerMinute = 13\ncomputationsPer10s = 14',
      ),
    )
    const limits = (files['haproxy/haproxy.cfg'] ?? '').match(/\{ sc_\w+\(\d\) gt \d+ \}/g)
    expect(limits).toEqual([
      '{ sc_conn_rate(0) gt 36 }',
      '{ sc_conn_cur(0) gt 11 }',
      '{ sc_conn_rate(0) gt 12 }',
      '{ sc_http_req_rate(1) gt 13 }',
      '{ sc_http_req_rate(2) gt 14 }',
      '{ sc_http_req_rate(2) gt 14 }',
    ])
  })
})

test('stunnel hands on to the haproxy of its host with the PROXY protocol', async () => {
  const { files } = await generate(oneHost(FRONT, '[ports.haproxy]\nfromStunnel = 8001'))
  expect(files['stunnel/stunnel.conf']).toContain(`accept = 10.1.0.11:443
connect = 127.0.0.1:8001
protocol = proxy
cert = /etc/tls/site.pem`)
})

test('a certificate below the clone is found wherever its service runs', async () => {
  const below = oneHost(FRONT).replace('/etc/tls/site.pem', 'data/site.pem')
  const { files } = await generate(below)
  expect(files['stunnel/stunnel.conf']).toMatch(/^cert = \/.+\/data\/site\.pem$/m)
})

test('nginx serves the hashed files below the base path, and brotli only where it is wanted', async () => {
  const { files } = await generate(oneHost(FRONT))
  expect(files['nginx/nginx.conf']).toContain(
    'location ^~ /s/assets/ {\n      alias /opt/salvus/dist/client/assets/;',
  )
  expect(files['nginx/nginx.conf']).toContain('brotli_static on;')
  const without = await generate(oneHost(FRONT, '[nginx]\nbrotli = false'))
  expect(without.files['nginx/nginx.conf']).not.toContain('brotli')
})

test('a hub understands what is written for it: it believes haproxy, and finds bus and project servers', async () => {
  const { files } = await generate(oneHost(FRONT))
  const file = join(await temporaryDirectory(), 'hub.json')
  writeFileSync(file, files['hub/hub-1.json'] ?? '')
  expect(readConfiguration(HUB_SETTINGS, { file })).toMatchObject({
    hubId: 'web-hub-1',
    host: '10.1.0.11',
    port: 8010,
    contentPort: 8011,
    metricsPort: 8012,
    basePath: '/s/',
    publicUrl: 'https://salvus.example.com/s/',
    trustedProxies: 1,
    bus: {
      servers: ['nats://10.1.0.11:4222'],
      user: 'hub',
      passwordFile: '/etc/salvus/secrets/nats',
    },
    projectServers: [
      {
        host: 'web',
        address: 'tcp:10.1.0.11:8100',
        secretFile: '/etc/salvus/secrets/project-server-web',
      },
    ],
  })
})

test('a hub without a haproxy before it believes no header', async () => {
  const { files } = await generate(oneHost(['hub']))
  expect(JSON.parse(files['hub/hub-1.json'] ?? '')).toMatchObject({ trustedProxies: 0 })
})

test('a secret is in no file that others may read', async () => {
  const { deployment, host, files } = await generate(oneHost(FRONT), {
    secrets: 'smtpUrl = "smtp://ada:pass-word@mail.example.com:587"',
  })
  expect(host.services.length).toBe(FRONT.length)
  const { readSecrets } = await import('../../../../src/admin/inventory/secrets.ts')
  const { generateFiles } = await import('../../../../src/admin/configure/generate.ts')
  const secrets = readSecrets(deployment)
  const values = [
    secrets.hub,
    ...Object.values(secrets.projectServers),
    ...Object.values(secrets.nats ?? {}),
    'pass-word',
  ]
  const leaking = generateFiles(deployment, host, secrets)
    .filter(({ secret }) => secret !== true)
    .filter(({ text }) => values.some((value) => text.includes(value)))
  expect(leaking).toEqual([])
  expect(Object.keys(files)).toContain('secrets/smtp-url')
})

test('the services of a host are started in order: who is asked, before who asks', async () => {
  const { deployment, host } = await generate(oneHost(FRONT))
  const after = manifestOf(deployment, host).services.map(({ id, after: first }) => [id, first])
  expect(Object.fromEntries(after)).toEqual({
    stunnel: ['haproxy'],
    haproxy: ['nginx', 'hub-1'],
    nginx: [],
    'hub-1': ['nats'],
    nats: [],
    'project-server': [],
  })
})

test('a unit of systemd restarts its service, limits its memory, and watches what can tell that it lives', async () => {
  const { files } = await generate(oneHost(FRONT, '[memoryMB]\nhub = 700'))
  const hub = files['systemd/salvus-hub-1.service'] ?? ''
  for (const line of [
    'Type=notify',
    'WatchdogSec=60',
    'MemoryMax=700M',
    'Restart=always',
    'After=network-online.target salvus-nats.service',
  ]) {
    expect(hub).toContain(`${line}\n`)
  }
  expect(hub).toContain('--max-old-space-size=525')
  const nginx = files['systemd/salvus-nginx.service'] ?? ''
  expect(nginx).toContain('Type=exec\n')
  expect(nginx).not.toContain('Watchdog')
})

const TWO_DATACENTERS = `${oneHost(
  ['haproxy', 'hub', 'nats', 'powerdns', 'cassandra'],
  `[dns]
zone = "salvus.example.com"
hostmaster = "host@example.com"
`,
)
  .replace('[datacenters.dc1]', '[datacenters.dc1]\nnetworks = ["192.0.2.0/24"]')
  .replace('[paths]', '[paths]\ncassandra = "/opt/cassandra/lib"')}
[hosts.far]
datacenter = "dc2"
address = "10.2.0.11"
publicAddress = "203.0.113.9"
services = ["haproxy", "hub", "nats", "cassandra"]
[datacenters.dc2]
`

test('NATS: a cluster in each datacenter, joined by gateways', async () => {
  const { files } = await generate(TWO_DATACENTERS)
  expect(files['nats/nats.conf']).toContain('name: "dc1"\n  listen: "10.1.0.11:7222"')
  expect(files['nats/secrets.conf']).toMatch(
    /\{ name: "dc2", urls: \["nats:\/\/gateway:\w+@10\.2\.0\.11:7222"\] \}/,
  )
  expect(files['nats/secrets.conf']).toContain('ROUTES: []')
})

test('PowerDNS: who is near to a datacenter gets its fronts first, and only what is alive', async () => {
  const { files } = await generate(TWO_DATACENTERS)
  expect(files['powerdns/zone']).toContain(
    `salvus.example.com. IN LUA A ";if netmask({'192.0.2.0/24'}) then return ifurlup('https://salvus.example.com/s/alive', {{'10.1.0.11'},{'203.0.113.9'}}, {selector='hashed', timeout=3}) end return ifurlup('https://salvus.example.com/s/alive', {{'10.1.0.11','203.0.113.9'}}, {selector='hashed', timeout=3})"`,
  )
})

test('Cassandra: seeds of each datacenter, and the node’s own place', async () => {
  const { files } = await generate(TWO_DATACENTERS, { host: 'far' })
  expect(files['cassandra/conf/cassandra.yaml']).toContain('- seeds: "10.1.0.11,10.2.0.11"')
  expect(files['cassandra/conf/cassandra-rackdc.properties']).toBe('dc=dc2\nrack=r1\n')
})

test('a hub is told the nodes of its own datacenter and the copies of all', async () => {
  const { files } = await generate(TWO_DATACENTERS, { host: 'far' })
  const file = join(await temporaryDirectory(), 'hub.json')
  writeFileSync(file, files['hub/hub-1.json'] ?? '')
  expect(readConfiguration(HUB_SETTINGS, { file }).database).toEqual({
    cassandra: {
      contactPoints: ['10.2.0.11'],
      localDataCenter: 'dc2',
      keyspace: 'salvus',
      replication: { dc1: 1, dc2: 1 },
      user: 'salvus',
      passwordFile: '/etc/salvus/secrets/cassandra',
    },
  })
})

test('Prometheus asks the services of its datacenter, and alarms are mailed by the hubs’ mail server', async () => {
  const { files } = await generate(
    oneHost(['hub', 'haproxy', 'prometheus', 'alertmanager'], '[alarms]\nto = ["op@example.com"]'),
    { secrets: 'smtpUrl = "smtp://ada:pass-word@mail.example.com:587"' },
  )
  expect(files['prometheus/prometheus.yml']).toContain('- targets: ["10.1.0.11:8012"]')
  expect(files['prometheus/prometheus.yml']).toContain('- targets: ["10.1.0.11:8404"]')
  expect(files['alertmanager/alertmanager.yml']).toContain('smtp_smarthost: "mail.example.com:587"')
  expect(files['alertmanager/alertmanager.yml']).not.toContain('pass-word')
  expect(files['alertmanager/smtp-password']).toBe('pass-word')
})

function binds(files: Readonly<Record<string, string>>): string[] {
  return [...(files['haproxy/haproxy.cfg'] ?? '').matchAll(/^ {2}bind (.*)$/gm)].map(
    ([, bind]) => bind ?? '',
  )
}

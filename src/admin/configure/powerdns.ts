import { join } from 'node:path'

import { listening } from '../inventory/deployment.ts'
import type { Deployment, Host, Service } from '../inventory/deployment.ts'
import { banner, lines } from './file.ts'
import type { GeneratedFile } from './file.ts'

/** Between two looks at each address, and how long one may take, in seconds. */
const LOOK_S = 2
const ANSWER_S = 3
/** A name that nobody asked for is not looked after for ever, in seconds. */
const FORGET_S = 3600

/**
 * PowerDNS: the zone of the two host names. An address is told as long as `/alive` answers through its whole front;
 * first those of the datacenter that is nearest to the asker, then the others.
 */
export function powerdnsFiles(deployment: Deployment, service: Service): readonly GeneratedFile[] {
  const { dns } = deployment.inventory
  if (dns === undefined) return []
  const { address, port } = listening(service, 'dns')
  const folder = join(service.host.configuration, 'powerdns')
  const pdns = lines(
    banner('#'),
    'launch=bind',
    `bind-config=${folder}/named.conf`,
    `local-address=${address}`,
    `local-port=${port}`,
    'enable-lua-records=yes',
    `lua-health-checks-interval=${LOOK_S}`,
    `lua-health-checks-expire-delay=${FORGET_S}`,
    dns.geoipDatabase === undefined
      ? undefined
      : `launch+=geoip\ngeoip-database-files=${dns.geoipDatabase}\ngeoip-zones-file=${folder}/geoip.yaml\nedns-subnet-processing=yes`,
    `socket-dir=${join(service.host.data, service.id)}`,
    'daemon=no',
    'guardian=no',
    'disable-axfr=yes',
    'version-string=anonymous',
    '# Answers are made anew: who kept one would go on telling an address that is dead.',
    'cache-ttl=0',
    'query-cache-ttl=0',
    'negquery-cache-ttl=0',
  )
  const named = `${banner('//')}\nzone "${dns.zone}" { type master; file "${folder}/zone"; };\n`
  const geoip =
    dns.geoipDatabase === undefined ? [] : [{ path: 'powerdns/geoip.yaml', text: 'domains: []\n' }]
  return [
    { path: 'powerdns/pdns.conf', text: pdns },
    { path: 'powerdns/named.conf', text: named },
    { path: 'powerdns/zone', text: zoneText(deployment) },
    ...geoip,
  ]
}

function zoneText(deployment: Deployment): string {
  const { dns } = deployment.inventory
  if (dns === undefined) return ''
  const { zone, ttlS } = dns
  const servers = deployment.servicesOf('powerdns').map(({ host }) => host)
  const names = servers.map((_host, index) => `ns${index + 1}`)
  const records = [deployment.publicUrl, deployment.contentUrl]
    .filter(({ hostname }) => hostname === zone || hostname.endsWith(`.${zone}`))
    .flatMap(({ hostname }) =>
      (['A', 'AAAA'] as const).flatMap((type) => {
        const code = luaFor(deployment, type)
        return code === undefined ? [] : [`${hostname}. IN LUA ${type} "${code}"`]
      }),
    )
  return lines(
    banner(';'),
    `$ORIGIN ${zone}.`,
    `$TTL ${ttlS}`,
    `@ IN SOA ns1.${zone}. ${dns.hostmaster.replace('@', '.')}. 1 3600 600 86400 ${ttlS}`,
    ...names.map((name) => `@ IN NS ${name}.${zone}.`),
    ...servers.map(
      (host, index) =>
        `${names[index] ?? ''} IN ${typeOf(host.publicAddress)} ${host.publicAddress}`,
    ),
    ...records,
  )
}

/** The Lua of one record: undefined where no front has an address of this type. */
function luaFor(deployment: Deployment, type: 'A' | 'AAAA'): string | undefined {
  const { datacenters, dns } = deployment.inventory
  const names = Object.keys(datacenters).filter(
    (name) => addressesOf(deployment, name, type).length > 0,
  )
  if (names.length === 0) return undefined
  const nearestFirst = (nearest: string): string => {
    const order = [nearest, ...names.filter((name) => name !== nearest)]
    const groups = order.map((name) => `{${addressesOf(deployment, name, type).join(',')}}`)
    return ifUp(deployment, groups.join(','), 'hashed')
  }
  const branches = names.flatMap((name) => {
    const networks = datacenters[name]?.networks ?? []
    if (networks.length === 0) return []
    const list = networks.map((network) => `'${network}'`).join(',')
    return [`if netmask({${list}}) then return ${nearestFirst(name)} end`]
  })
  // Without a map of the world everybody else is spread evenly, each always to the same front.
  const selector = dns?.geoipDatabase === undefined ? 'hashed' : 'pickclosest'
  const everyone = names.flatMap((name) => addressesOf(deployment, name, type)).join(',')
  const last = ifUp(deployment, `{${everyone}}`, selector)
  return `;${[...branches, `return ${last}`].join(' ')}`
}

function ifUp({ publicUrl }: Deployment, groups: string, selector: string): string {
  const options = `{selector='${selector}', timeout=${ANSWER_S}}`
  return `ifurlup('${publicUrl.origin}${publicUrl.pathname}alive', {${groups}}, ${options})`
}

/** Of the fronts of a datacenter, quoted. */
function addressesOf(deployment: Deployment, datacenter: string, type: 'A' | 'AAAA'): string[] {
  return deployment
    .servicesOf('haproxy', datacenter)
    .map(({ host }: { host: Host }) => host.publicAddress)
    .filter((address) => typeOf(address) === type)
    .map((address) => `'${address}'`)
}

function typeOf(address: string): 'A' | 'AAAA' {
  return address.includes(':') ? 'AAAA' : 'A'
}

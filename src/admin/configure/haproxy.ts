import { createHash } from 'node:crypto'

import { hostAndPort, listening } from '../inventory/deployment.ts'
import type { Deployment, Service } from '../inventory/deployment.ts'
import { banner, lines } from './file.ts'
import type { GeneratedFile } from './file.ts'

/** Of all of a haproxy: each of a browser's costs two sockets here. */
const CONNECTIONS_MAX = 20_000
/** Addresses that are counted at a time; an entry is about 100 bytes, and the one unused longest makes room. */
const ADDRESSES_MAX = '200k'
/** Only ports below need root, which haproxy then gives up. */
const FIRST_FREE_PORT = 1024
/** More often than this many times the limit, an address is cut off before it gets an answer. */
const FLOOD = 3

/**
 * haproxy: the way in. It ends TLS, or has it from stunnel with the client's address by the PROXY protocol; refuses
 * what one address asks too often; sends hashed files to nginx and everything else to the hub with the fewest
 * connections, as long as its `/alive` answers.
 */
export function haproxyFiles(deployment: Deployment, service: Service): readonly GeneratedFile[] {
  const text = [
    globalSection(service),
    DEFAULTS,
    frontend(deployment, service),
    redirect(deployment, service),
    TABLES,
    pagesBackend(deployment, service),
    contentBackend(deployment, service),
    filesBackend(deployment, service),
    statistics(service),
  ].filter((section) => section !== undefined)
  return [{ path: 'haproxy/haproxy.cfg', text: text.join('\n') }]
}

function globalSection(service: Service): string {
  const needsRoot = Object.values(service.listens).some(({ port }) => port < FIRST_FREE_PORT)
  return lines(
    banner('#'),
    'global',
    `  maxconn ${CONNECTIONS_MAX}`,
    '  # Where the host allows fewer open files, fewer connections, and a warning: salvus doctor says it, too.',
    '  no strict-limits',
    '  log stdout format raw daemon notice',
    needsRoot ? '  user haproxy\n  group haproxy' : undefined,
    '  ssl-default-bind-options ssl-min-ver TLSv1.2 no-tls-tickets',
    '  ssl-default-bind-ciphers ECDHE+AESGCM:ECDHE+CHACHA20',
    '  tune.ssl.default-dh-param 2048',
  )
}

const DEFAULTS = lines(
  'defaults',
  '  mode http',
  '  log global',
  '  option dontlognull',
  '  option http-keep-alive',
  '  timeout connect 2s',
  '  timeout http-request 20s',
  '  timeout http-keep-alive 60s',
  '  timeout client 60s',
  '  timeout server 60s',
  '  timeout queue 10s',
  '  # A websocket: its ends ping each other every 20 s, and notice by themselves when one is gone.',
  '  timeout tunnel 1h',
  '  timeout client-fin 30s',
  '  # A hub that is gone, or that starts (503): another one is asked, as long as nothing was answered.',
  '  option redispatch 1',
  '  retries 2',
  '  retry-on conn-failure empty-response 503',
)

function frontend(deployment: Deployment, service: Service): string {
  const { publicUrl, contentUrl, inventory } = deployment
  const { limits } = inventory
  const base = publicUrl.pathname
  return lines(
    'frontend web',
    ...binds(deployment, service).map((bind) => `  bind ${bind}`),
    '  # The address counts as /64 where it is IPv6: one customer has all of that.',
    '  tcp-request session track-sc0 src,ipmask(32,64) table addresses',
    `  tcp-request session reject if { sc_conn_rate(0) gt ${limits.connectionsPer10s * FLOOD} }`,
    '  # Anybody can write these; what the hub believes is written here.',
    '  http-request del-header Forwarded',
    '  http-request set-header X-Forwarded-For %[src]',
    `  http-request set-header X-Forwarded-Proto ${publicUrl.protocol.slice(0, -1)}`,
    `  acl is_alive path ${base}alive`,
    `  acl is_content hdr(host),field(1,:),lower -m str ${contentUrl.hostname}`,
    `  acl is_pages hdr(host),field(1,:),lower -m str ${publicUrl.hostname}`,
    '  # Health checks ask by address.',
    '  http-request return status 421 content-type text/plain string "There is no such site here." unless is_content or is_pages or is_alive',
    tooMany(`!is_alive { sc_conn_cur(0) gt ${limits.connections} }`),
    tooMany(`!is_alive { sc_conn_rate(0) gt ${limits.connectionsPer10s} }`),
    `  acl is_sign_in path ${SIGN_INS.map((name) => `${base}api/${name}`).join(' ')}`,
    '  http-request track-sc1 src,ipmask(32,64) table sign_ins if is_sign_in METH_POST',
    tooMany(`is_sign_in METH_POST { sc_http_req_rate(1) gt ${limits.signInsPerMinute} }`),
    '  # What makes a project work: messages by long polling, new websockets, and everything of users.',
    `  acl is_work path_beg ${base}hub/`,
    '  http-request track-sc2 src,ipmask(32,64) table computations if is_work or is_content',
    tooMany(`is_work { sc_http_req_rate(2) gt ${limits.computationsPer10s} }`),
    tooMany(`is_content { sc_http_req_rate(2) gt ${limits.computationsPer10s} }`),
    '  # What may change something is sent once.',
    '  http-request disable-l7-retry unless METH_GET',
    '  use_backend content if is_content !is_alive',
    deployment.servicesOf('nginx', service.host.datacenter).length === 0
      ? undefined
      : `  use_backend files if { path_beg ${base}assets/ } { nbsrv(files) gt 0 }`,
    '  default_backend pages',
  )
}

/** What may be guessed at, or costs a password's hash or a mail. */
const SIGN_INS = ['sign_in', 'sign_up', 'request_password_reset', 'reset_password']

/** Refuses with the error that pages understand. */
function tooMany(condition: string): string {
  const answer = String.raw`{\"code\":\"too_many_requests\",\"message\":\"Too many requests from this address. Try again later.\",\"retryAfterMs\":60000}`
  return `  http-request return status 429 content-type application/json string "${answer}" hdr Retry-After 60 if ${condition}`
}

function binds({ certificateFile }: Deployment, service: Service): readonly string[] {
  const { https, http, fromStunnel } = service.listens
  const found: string[] = []
  if (fromStunnel !== undefined) found.push(`${hostAndPort(fromStunnel)} accept-proxy`)
  if (https !== undefined && certificateFile !== undefined) {
    found.push(`${hostAndPort(https)} ssl crt ${certificateFile} alpn h2,http/1.1`)
  }
  if (http !== undefined && certificateFile === undefined) found.push(hostAndPort(http))
  return found
}

function redirect(
  { certificateFile, publicUrl }: Deployment,
  service: Service,
): string | undefined {
  const { http } = service.listens
  if (certificateFile === undefined || http === undefined) return undefined
  return lines(
    'frontend redirect',
    `  bind ${hostAndPort(http)}`,
    `  http-request redirect prefix ${publicUrl.origin} code 301`,
  )
}

const TABLES = lines(
  'backend addresses',
  `  stick-table type ipv6 size ${ADDRESSES_MAX} expire 1m store conn_cur,conn_rate(10s)`,
  'backend sign_ins',
  `  stick-table type ipv6 size ${ADDRESSES_MAX} expire 2m store http_req_rate(1m)`,
  'backend computations',
  `  stick-table type ipv6 size ${ADDRESSES_MAX} expire 1m store http_req_rate(10s)`,
)

function pagesBackend(deployment: Deployment, service: Service): string {
  const { publicUrl } = deployment
  const secure = publicUrl.protocol === 'https:' ? ' secure' : ''
  return lines(
    'backend pages',
    '  balance leastconn',
    '  # Long polling is a little quicker at the hub that it began at; any other would do.',
    `  cookie SALVUS_HUB insert indirect nocache httponly${secure} attr SameSite=Lax`,
    ...aliveCheck(publicUrl),
    ...deployment.servicesOf('hub', service.host.datacenter).map((hub) => {
      const name = serverName(hub)
      return `  server ${name} ${hostAndPort(listening(hub, 'pages'))} cookie ${cookieOf(name)} check`
    }),
  )
}

function contentBackend(deployment: Deployment, service: Service): string {
  return lines(
    'backend content',
    '  balance leastconn',
    ...aliveCheck(deployment.publicUrl),
    ...deployment.servicesOf('hub', service.host.datacenter).map((hub) => {
      const { port } = listening(hub, 'pages')
      return `  server ${serverName(hub)} ${hostAndPort(listening(hub, 'content'))} check port ${port}`
    }),
  )
}

function aliveCheck({ pathname, host }: URL): readonly string[] {
  return [
    '  option httpchk',
    `  http-check send meth GET uri ${pathname}alive ver HTTP/1.1 hdr Host ${host}`,
    '  http-check expect status 200',
    '  # A hub may wait 3 s for its database before it answers.',
    '  timeout check 4s',
    '  default-server inter 1s fastinter 500ms fall 2 rise 1',
  ]
}

function filesBackend(deployment: Deployment, service: Service): string | undefined {
  const servers = deployment.servicesOf('nginx', service.host.datacenter)
  if (servers.length === 0) return undefined
  return lines(
    'backend files',
    '  balance leastconn',
    '  # While hosts are upgraded one after another, a file may be at another one.',
    '  retry-on conn-failure empty-response 404',
    '  option httpchk GET /alive',
    '  default-server inter 1s fall 2 rise 1',
    ...servers.map(
      (nginx) => `  server ${serverName(nginx)} ${hostAndPort(listening(nginx, 'files'))} check`,
    ),
  )
}

function statistics(service: Service): string {
  return lines(
    'frontend statistics',
    `  bind ${hostAndPort(listening(service, 'stats'))}`,
    '  http-request use-service prometheus-exporter if { path /metrics }',
    '  stats enable',
    '  stats uri /',
  )
}

function serverName({ id, host }: Service): string {
  return `${host.name}-${id}`
}

/** Tells people nothing about our hosts. */
function cookieOf(name: string): string {
  return createHash('sha256').update(name).digest('hex').slice(0, 8)
}

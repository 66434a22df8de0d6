import { hostAndPort, listening } from '../inventory/deployment.ts'
import type { Deployment, Service } from '../inventory/deployment.ts'
import { banner, lines } from './file.ts'
import type { GeneratedFile } from './file.ts'

/** A websocket is pinged every 20 s, so that only what is dead is ever as quiet as this, in seconds. */
const IDLE_S = 3600

/**
 * stunnel: ends TLS in a small program of its own, which holds the key, and hands on to haproxy with the client's
 * address by the PROXY protocol.
 */
export function stunnelFiles(
  { certificateFile }: Deployment,
  service: Service,
): readonly GeneratedFile[] {
  const haproxy = service.host.services.find(({ kind }) => kind === 'haproxy')
  if (haproxy === undefined || certificateFile === undefined) return []
  const text = lines(
    banner(';'),
    'foreground = yes',
    'syslog = no',
    'debug = notice',
    '; It does not write its process id: whoever starts it knows.',
    'pid =',
    'socket = l:TCP_NODELAY=1',
    'socket = r:TCP_NODELAY=1',
    '[site]',
    `accept = ${hostAndPort(listening(service, 'https'))}`,
    `connect = ${hostAndPort(listening(haproxy, 'fromStunnel'))}`,
    'protocol = proxy',
    `cert = ${certificateFile}`,
    'sslVersionMin = TLSv1.2',
    'ciphers = ECDHE+AESGCM:ECDHE+CHACHA20',
    'options = NO_TICKET',
    'options = NO_RENEGOTIATION',
    `TIMEOUTidle = ${IDLE_S}`,
    'TIMEOUTclose = 0',
  )
  return [{ path: 'stunnel/stunnel.conf', text }]
}

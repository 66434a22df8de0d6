import { join } from 'node:path'

import { hostAndPort, listening } from '../inventory/deployment.ts'
import type { Deployment, Service } from '../inventory/deployment.ts'
import { banner, lines } from './file.ts'
import type { GeneratedFile } from './file.ts'

/** A year, in seconds: the name of a file has the hash of its content. */
const IMMUTABLE_S = 365 * 24 * 60 * 60

/** Where Debian's libnginx-mod-http-brotli-static puts it. */
const BROTLI_MODULE = '/usr/lib/nginx/modules/ngx_http_brotli_static_module.so'

/**
 * nginx: the client's hashed files, as they were compressed at the build, kept by browsers for ever. Everything else,
 * the pages themselves among it, is the hub's. It says about each file what a hub says.
 */
export function nginxFiles(deployment: Deployment, service: Service): readonly GeneratedFile[] {
  const { publicUrl, clientDir, inventory } = deployment
  const { brotli } = inventory.nginx
  const state = join(service.host.data, service.id)
  const text = lines(
    banner('#'),
    brotli ? `load_module ${BROTLI_MODULE};` : undefined,
    'worker_processes auto;',
    'daemon off;',
    `pid ${state}/nginx.pid;`,
    'error_log stderr warn;',
    'events { worker_connections 4096; }',
    'http {',
    '  access_log off;',
    '  server_tokens off;',
    '  sendfile on;',
    '  tcp_nopush on;',
    '  etag off;',
    ...TEMPORARY.map((name) => `  ${name}_temp_path ${state}/${name};`),
    '  types {',
    ...TYPES.map(([type, extensions]) => `    ${type} ${extensions};`),
    '  }',
    '  default_type application/octet-stream;',
    '  charset utf-8;',
    '  charset_types text/javascript text/css text/plain;',
    '  gzip_static on;',
    brotli ? '  brotli_static on;' : undefined,
    '  server {',
    `    listen ${hostAndPort(listening(service, 'files'))};`,
    '    location = /alive { default_type text/plain; return 200 "alive\\n"; }',
    `    location ^~ ${publicUrl.pathname}assets/ {`,
    `      alias ${clientDir}/assets/;`,
    `      add_header Cache-Control "public, max-age=${IMMUTABLE_S}, immutable";`,
    ...headers(publicUrl).map(([name, value]) => `      add_header ${name} "${value}";`),
    '    }',
    '    location / { return 404; }',
    '  }',
    '}',
  )
  return [{ path: 'nginx/nginx.conf', text }]
}

const TEMPORARY = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']

/** As in src/hub/http/static-client.ts: a test compares what both send. */
const TYPES = [
  ['text/javascript', 'js mjs'],
  ['text/css', 'css'],
  ['application/json', 'json map'],
  ['image/svg+xml', 'svg'],
  ['image/png', 'png'],
  ['image/x-icon', 'ico'],
  ['font/woff', 'woff'],
  ['font/woff2', 'woff2'],
  ['font/ttf', 'ttf'],
  ['application/wasm', 'wasm'],
  ['text/plain', 'txt'],
  ['application/manifest+json', 'webmanifest'],
] as const

/** As in src/hub/http/security-headers.ts. */
function headers(publicUrl: URL): readonly (readonly [string, string])[] {
  const always = [
    ['Vary', 'Accept-Encoding'],
    ['X-Content-Type-Options', 'nosniff'],
    ['Referrer-Policy', 'strict-origin'],
    ['X-Frame-Options', 'DENY'],
    ['Cross-Origin-Opener-Policy', 'same-origin'],
    ['Cross-Origin-Resource-Policy', 'same-origin'],
    ['Content-Security-Policy', "default-src 'none'; frame-ancestors 'none'"],
  ] as const
  if (publicUrl.protocol !== 'https:') return always
  return [...always, ['Strict-Transport-Security', `max-age=${IMMUTABLE_S}`]]
}

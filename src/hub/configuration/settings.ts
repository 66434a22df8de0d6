import { z } from 'zod'

import { defineSetting } from '../../daemon/configuration.ts'
import { cassandraSettings } from '../../database/cassandra/settings.ts'

const port = z.int().min(0).max(65_535)

/** What a deployment sets of a hub. */
export const HUB_SETTINGS = {
  dataDir: defineSetting(
    z.string().min(1),
    'The data directory; the database of one machine is in its folder database/.',
  ),
  database: defineSetting(
    z
      .union([z.literal('sqlite'), z.strictObject({ cassandra: cassandraSettings })])
      .default('sqlite'),
    'sqlite: a file of this machine. {"cassandra": {"contactPoints": [...], "localDataCenter": "dc1", ...}}: a cluster that all hubs share; see database.md.',
  ),
  secretsDir: defineSetting(
    z.string().min(1),
    'Folder of the secrets, mode 0700; the hubs share the file hub in it.',
  ),
  clientDir: defineSetting(z.string().min(1), 'The built pages.'),
  host: defineSetting(z.string().min(1).default('127.0.0.1'), 'Address to listen on.'),
  port: defineSetting(port.default(8080), 'Port of the pages; 0 takes a free one.'),
  contentPort: defineSetting(port.default(8081), 'Port of the content origin; 0 takes a free one.'),
  metricsHost: defineSetting(
    z.string().min(1).default('127.0.0.1'),
    'Address on which /metrics listens: one that only the machines of the installation reach.',
  ),
  metricsPort: defineSetting(port.default(8082), 'Port of /metrics.'),
  basePath: defineSetting(
    z
      .string()
      .regex(/^\/([A-Za-z0-9._~-]+\/)*$/)
      .default('/'),
    'Where the pages are below their host; begins and ends with a slash.',
  ),
  siteName: defineSetting(
    z.string().min(1).max(100).default('Salvus'),
    'Shown in pages and mails.',
  ),
  helpAddress: defineSetting(
    z.union([z.literal(''), z.email()]).default(''),
    'Where help requests are mailed to; empty: the administrator reads them in the app.',
  ),
  publicUrl: defineSetting(
    z.url().optional(),
    'The pages as people see them, where a proxy stands before.',
  ),
  publicContentUrl: defineSetting(
    z.url().optional(),
    'The content origin as people see it: another host name.',
  ),
  trustedProxies: defineSetting(
    z.int().min(0).max(10).default(0),
    'Proxies of yours before the hub that add to X-Forwarded-For.',
  ),
  smtpUrlFile: defineSetting(
    z.string().optional(),
    'File with the URL of the mail server, smtp://user:password@host:port; without it mails are kept.',
  ),
  mailFrom: defineSetting(
    z.string().max(254).optional(),
    'Sender of mails; salvus@HOST where it is not set.',
  ),
  hubId: defineSetting(
    z.string().min(1).max(100).default('hub'),
    'Name of this hub, unique among hubs.',
  ),
  datacenter: defineSetting(
    z.string().min(1).max(100).optional(),
    'Where this hub is: new projects go to hosts of the same datacenter while one of them can take them.',
  ),
  bus: defineSetting(
    z
      .strictObject({
        servers: z.array(z.string().regex(/^(nats|tls):\/\/[^/]+$/)).min(1),
        prefix: z
          .string()
          .regex(/^[A-Za-z0-9_-]{1,40}$/)
          .default('salvus'),
        user: z.string().optional(),
        passwordFile: z.string().optional(),
        caFile: z.string().optional(),
      })
      .optional(),
    'The NATS servers through which hubs tell each other what changed: nats://HOST:PORT or tls://HOST:PORT, those of this datacenter. Without it this is the only hub.',
  ),
  drainSeconds: defineSetting(
    z.int().min(0).max(600).default(10),
    'When it is stopped, people get so long to move to another hub, if there is one.',
    'seconds',
  ),
  projectServers: defineSetting(
    z
      .array(
        z.strictObject({
          host: z.string(),
          address: z.string(),
          secretFile: z.string(),
          datacenter: z.string().optional(),
        }),
      )
      .default([]),
    'The hosts of projects: name, unix:/path or tcp:host:port, the file of the shared secret, and the datacenter.',
  ),
  logLevel: defineSetting(
    z.enum(['debug', 'info', 'warn', 'error', 'silent']).default('info'),
    'What is logged.',
  ),
} as const

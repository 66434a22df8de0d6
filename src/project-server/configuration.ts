import { z } from 'zod'

import { defineSetting } from '../daemon/configuration.ts'
import { documentDurability } from '../messages/documents.ts'

export const PROJECT_SERVER_SETTINGS = {
  dataDir: defineSetting(
    z.string().startsWith('/'),
    'Where projects, their sockets and their logs are.',
  ),
  host: defineSetting(
    z.string().min(1).max(100),
    'Name of this compute host, unique in the deployment.',
  ),
  address: defineSetting(
    z.string().min(1),
    'Where it listens for hubs: unix:/PATH or tcp:HOST:PORT.',
  ),
  secretFile: defineSetting(
    z.string().min(1),
    'File with the secret that it shares with hubs, in hex; mode 0600.',
  ),
  runtimeDir: defineSetting(
    z.string().min(1),
    'Holds launcher.js, local-hub.js, console-server.js and sage-server/; readable for the users of projects.',
  ),
  node: defineSetting(
    z.string().min(1).default(process.execPath),
    'The Node that projects run; executable for their users.',
  ),
  pythonStateFile: defineSetting(
    z.string().optional(),
    'Where the set-up tells how far the Python environment is.',
  ),
  leaseSeconds: defineSetting(
    z.int().min(0).max(3600).default(0),
    'Term of the lease without which this host runs no project: 30 where there are several hosts. 0 on the only one: it needs none.',
    'seconds',
  ),
  isolation: defineSetting(
    z.enum(['auto', 'unix_user', 'bubblewrap', 'none']).default('auto'),
    'What keeps projects apart; auto takes the strongest that works here.',
  ),
  uidBase: defineSetting(
    z.int().min(1000).max(2_000_000_000).default(200_000),
    'Least of the user ids of projects, where each has one.',
  ),
  stopProjectsOnExit: defineSetting(
    z.boolean().default(false),
    'Whether projects end with the project server. Otherwise they go on, and it finds them again.',
  ),
  documentDurability: defineSetting(
    documentDurability.default('process'),
    'When what is typed counts as kept: process, once it outlives our processes (a power failure may take 100 ms of it); power, once it is on the disk.',
  ),
  logLevel: defineSetting(
    z.enum(['debug', 'info', 'warn', 'error', 'silent']).default('info'),
    'Least level that is logged.',
  ),
} as const

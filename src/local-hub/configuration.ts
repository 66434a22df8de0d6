import { z } from 'zod'

import { defineSetting } from '../daemon/configuration.ts'
import { documentDurability } from '../messages/documents.ts'
import { projectId } from '../messages/ids.ts'

/** What the launcher tells a local hub. The secret of its links comes on stdin: it is in no file and no environment. */
export const LOCAL_HUB_SETTINGS = {
  projectId: defineSetting(projectId, 'The project that it serves.'),
  projectDir: defineSetting(
    z.string().min(1),
    'The directory of the project, which is its user’s home.',
  ),
  address: defineSetting(
    z.string().min(1),
    'Where it listens for hubs: unix:/PATH or tcp:HOST:PORT.',
  ),
  epoch: defineSetting(
    z.int().min(0),
    'Epoch of the lease under which the project runs; links of older ones are refused.',
  ),
  syncWorker: defineSetting(
    z.string().optional(),
    'The program of the sync worker; beside this one where nothing is said.',
  ),
  apiSocket: defineSetting(
    z.string().optional(),
    'The Unix socket on which it answers the programs of the project; none where nothing is said.',
  ),
  pythonStateFile: defineSetting(
    z.string().optional(),
    'Where the set-up tells how far the Python environment is.',
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

import { readFileSync } from 'node:fs'
import { join } from 'node:path'

import { z } from 'zod'

import { codeOf } from '../../util/coded-error.ts'
import { Failure } from '../failure.ts'

/** How it is known that a service serves. */
const ready = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('port'), address: z.string(), port: z.int() }),
  /** Answers 200. */
  z.strictObject({ kind: z.literal('http'), url: z.url() }),
])

const service = z.strictObject({
  id: z.string(),
  kind: z.string(),
  /** The program and its arguments. */
  command: z.array(z.string()).min(1),
  environment: z.record(z.string(), z.string()),
  /** Folders that it needs, made before it is started. */
  folders: z.array(z.string()),
  /** Services of this host that serve before it is started. */
  after: z.array(z.string()),
  ready,
  memoryMB: z.int(),
  /** From the signal to stop until it is killed. */
  graceS: z.int(),
  /** Whether it tells systemd by sd_notify that it serves and lives. */
  notifies: z.boolean(),
  /** The signal after which it reads its configuration again; none where it must be started again. */
  reloadSignal: z.enum(['SIGHUP', 'SIGUSR2']).optional(),
})
export type ServiceSpec = z.infer<typeof service>

const manifest = z.strictObject({
  deployment: z.string(),
  host: z.string(),
  datacenter: z.string(),
  data: z.string(),
  program: z.string(),
  services: z.array(service),
})

/** `services.json` of a host's folder: what runs there, for the supervisor, for systemd and for the doctor. */
export type Manifest = z.infer<typeof manifest>

export const MANIFEST = 'services.json'

/** @throws Failure where the folder holds none */
export function readManifest(folder: string): Manifest {
  const file = join(folder, MANIFEST)
  try {
    return manifest.parse(JSON.parse(readFileSync(file, 'utf8')))
  } catch (error) {
    const why =
      codeOf(error) === 'ENOENT' ? `There is no ${file}.` : `${file} is not as it was written.`
    throw new Failure(why, 'Write it: salvus configure --conf DIR', { cause: error })
  }
}

import { randomBytes } from 'node:crypto'
import { existsSync, statSync } from 'node:fs'
import { join } from 'node:path'

import { stringify } from 'smol-toml'
import { z } from 'zod'

import { writeFileAtomically } from '../atomic-file.ts'
import { Failure } from '../failure.ts'
import type { Deployment } from './deployment.ts'
import { overlay } from './overlay.ts'
import { readToml } from './toml-file.ts'

/** Twice what a search could ever reach. */
const SECRET_BYTES = 32
const OTHERS = 0o077

const secret = z.string().regex(/^[A-Za-z0-9]{32,128}$/, 'is not 32 to 128 letters and digits')

/** `secrets.toml`, the one file that nobody but its owner reads. */
const schema = z.strictObject({
  /** Of all hubs: signs what they hand out. */
  hub: secret,
  /** By host: what its project server and the hubs prove to one another. */
  projectServers: z.record(z.string(), secret).default({}),
  nats: z.strictObject({ hub: secret, cluster: secret, gateway: secret }).optional(),
  cassandra: z.strictObject({ password: secret }).optional(),
  /** Of the mail server: smtp://user:password@host:port */
  smtpUrl: z
    .url({ protocol: /^smtps?$/, error: 'is not smtp://USER:PASSWORD@HOST:PORT' })
    .optional(),
})
export type Secrets = z.infer<typeof schema>
type PartialSecrets = { readonly [K in keyof Secrets]?: Secrets[K] | undefined }

export function secretsFile(folder: string): string {
  return join(folder, 'secrets.toml')
}

/** @throws Failure where the file is missing, readable by others, malformed, or lacks what the services need */
export function readSecrets(deployment: Deployment): Secrets {
  const file = secretsFile(deployment.folder)
  const remedy = `Make what is missing: salvus configure --conf ${deployment.folder} --make-secrets`
  if (!existsSync(file)) throw new Failure(`There is no ${file}.`, remedy)
  refuseReadable(file)
  const parsed = schema.safeParse(readToml(file))
  if (!parsed.success) {
    const [issue] = parsed.error.issues
    // Of the value nothing is said.
    throw new Failure(
      `${file}: ${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'wrong'}`,
      remedy,
    )
  }
  const missing = missingSecrets(deployment, parsed.data)
  if (missing.length > 0) {
    throw new Failure(`${file} lacks the secret ${missing.join(', ')}.`, remedy)
  }
  return parsed.data
}

/** Adds what is missing to the file, or makes it; what is there stays. Answers the names of what was added. */
export function makeSecrets(deployment: Deployment): readonly string[] {
  const file = secretsFile(deployment.folder)
  if (existsSync(file)) refuseReadable(file)
  const there = existsSync(file) ? readToml(file) : {}
  const parsed = schema.partial().safeParse(there)
  const missing = missingSecrets(deployment, parsed.success ? parsed.data : {})
  if (missing.length === 0) return []
  let made: Readonly<Record<string, unknown>> = there
  for (const name of missing) {
    const value = randomBytes(SECRET_BYTES).toString('hex')
    const nested = name.split('.').reduceRight<unknown>((inner, key) => ({ [key]: inner }), value)
    made = overlay(made, nested as Readonly<Record<string, unknown>>)
  }
  const text = `# The secrets of this installation. Keep a copy where nobody else reads it.\n\n${stringify(made)}`
  writeFileAtomically(file, text, 0o600)
  return missing
}

/** The names of the secrets that the services of an installation need and that are not there. */
export function missingSecrets(deployment: Deployment, secrets: PartialSecrets): readonly string[] {
  const needed: [string, unknown][] = [['hub', secrets.hub]]
  for (const { host } of deployment.servicesOf('project-server')) {
    needed.push([`projectServers.${host.name}`, secrets.projectServers?.[host.name]])
  }
  if (deployment.servicesOf('nats').length > 0) {
    for (const name of ['hub', 'cluster', 'gateway'] as const) {
      needed.push([`nats.${name}`, secrets.nats?.[name]])
    }
  }
  if (deployment.servicesOf('cassandra').length > 0) {
    needed.push(['cassandra.password', secrets.cassandra?.password])
  }
  return needed.filter(([, value]) => value === undefined).map(([name]) => name)
}

function refuseReadable(file: string): void {
  const { mode } = statSync(file)
  if ((mode & OTHERS) === 0) return
  throw new Failure(
    `${file} has the mode ${(mode & 0o777).toString(8)}: others than its owner can read it.`,
    `chmod 600 ${file}, and think about who may have read it.`,
  )
}

import { readFileSync } from 'node:fs'
import type { ConnectionOptions } from 'node:tls'

import { z } from 'zod'

import { CodedError, codeOf } from '../../util/coded-error.ts'
import type { CassandraAddress } from './client-options.ts'

const name = z.string().regex(/^[A-Za-z][A-Za-z0-9_-]{0,47}$/, 'is not a name of a datacenter')
const file = z.string().min(1)

/** A cluster, as the configuration of a hub and of the command line says it. */
export const cassandraSettings = z.strictObject({
  /** Some nodes of the own datacenter; the others are learned from them. */
  contactPoints: z.array(z.string().min(1)).min(1).max(20),
  localDataCenter: name,
  keyspace: z
    .string()
    .regex(/^[a-z][a-z0-9_]{0,47}$/, 'is not a name of a keyspace')
    .default('salvus'),
  /** Copies of everything in each datacenter, for `salvus schema apply`: { "dc1": 3, "dc2": 3, "dc3": 1 }. */
  replication: z.record(name, z.int().min(1).max(7)).optional(),
  user: z.string().min(1).optional(),
  passwordFile: file.optional(),
  /** The authority of the nodes' certificates; with a certificate and a key where nodes want to know hubs. */
  tls: z
    .strictObject({
      caFile: file,
      certificateFile: file.optional(),
      keyFile: file.optional(),
    })
    .optional(),
})
export type CassandraSettings = z.infer<typeof cassandraSettings>

/**
 * With the secrets read from their files.
 * @throws CodedError `bad_configuration` where a file can't be read, or a user has no password
 */
export function readAddress(
  settings: CassandraSettings,
): CassandraAddress & { readonly keyspace: string } {
  const { contactPoints, localDataCenter, keyspace, user, passwordFile, tls } = settings
  if ((user === undefined) !== (passwordFile === undefined)) {
    throw new CodedError('bad_configuration', 'cassandra: user and passwordFile go together')
  }
  return {
    contactPoints,
    localDataCenter,
    keyspace,
    ...(user === undefined || passwordFile === undefined
      ? {}
      : { credentials: { username: user, password: read(passwordFile) } }),
    ...(tls === undefined ? {} : { tls: readTls(tls) }),
  }
}

function readTls(tls: NonNullable<CassandraSettings['tls']>): ConnectionOptions {
  return {
    ca: read(tls.caFile),
    ...(tls.certificateFile === undefined ? {} : { cert: read(tls.certificateFile) }),
    ...(tls.keyFile === undefined ? {} : { key: read(tls.keyFile) }),
    // Nodes are known by address, and the driver has no name to compare: the authority is ours alone.
    checkServerIdentity: () => undefined,
  }
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8').trim()
  } catch (error) {
    const reason = codeOf(error) ?? String(error)
    throw new CodedError('bad_configuration', `${path} can't be read: ${reason}`, { cause: error })
  }
}

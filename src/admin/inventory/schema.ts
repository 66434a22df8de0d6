import { z } from 'zod'

import { documentDurability } from '../../messages/documents.ts'
import { KINDS, SERVICE_KINDS } from './kinds.ts'
import type { ServiceKind } from './kinds.ts'

/*
 * The one description of an installation: `inventory.toml` of its folder below conf/, with `environments/NAME.toml`
 * laid over it. Each key is explained in docs/operations/deploying.md, in the same order.
 */

/** Of hosts, datacenters and installations: parts of file names, host names and identifiers of other programs. */
const name = z
  .string()
  .regex(/^[a-z][a-z0-9_-]{0,30}$/, 'is not a name: a letter, then letters, digits, - and _')
const address = z.union(
  [z.ipv4(), z.ipv6()],
  'is not an address such as 10.1.0.11: names are not looked up',
)
const port = z.int().min(1).max(65_535)
const count = z.int().min(1).max(1_000_000)
/** Written into the files of other programs, most of which end a word at a space or a quote. */
const path = z
  .string()
  .regex(/^[A-Za-z0-9_./@{}+-]+$/, 'is not a path of letters, digits and . _ / @ + -')
const url = z
  .url({ protocol: /^https?$/, error: 'is not an address such as https://salvus.example.com/' })
  .refine(
    (text) => /^\/([A-Za-z0-9._~-]+\/)*$/.test(new URL(text).pathname),
    'must end with a slash',
  )

function byKind<S extends z.ZodType>(schema: (kind: ServiceKind) => S) {
  return z.strictObject(
    Object.fromEntries(SERVICE_KINDS.map((kind) => [kind, schema(kind).optional()])),
  )
}

const ports = byKind((kind) =>
  z.strictObject(
    Object.fromEntries(Object.keys(KINDS[kind].ports).map((of) => [of, port.optional()])),
  ),
)
const memoryMB = byKind(() => z.int().min(16).max(1_000_000))

const site = z.strictObject({
  name: z.string().min(1).max(100).default('Salvus'),
  publicUrl: url,
  contentUrl: url,
  helpAddress: z.union([z.literal(''), z.email('is not an e-mail address')]).default(''),
  mailFrom: z.string().max(254).optional(),
  documentDurability: documentDurability.optional(),
})

const host = z.strictObject({
  datacenter: name,
  address,
  /** Where people's browsers reach it, in DNS. */
  publicAddress: address.optional(),
  /** What its front listens on; the address where nothing is said. */
  listen: address.optional(),
  ssh: z
    .string()
    .regex(/^[A-Za-z0-9_.@:-]+$/, 'is not USER@HOST')
    .optional(),
  rack: name.default('r1'),
  services: z.array(z.enum(SERVICE_KINDS)).default([]),
  hubs: z.int().min(1).max(64).default(1),
  ports: ports.optional(),
  memoryMB: memoryMB.optional(),
})

export const inventorySchema = z.strictObject({
  name,
  site,
  tls: z
    .strictObject({
      /** Certificates and their key in one PEM file, for both host names. */
      certificateFile: path,
    })
    .optional(),
  paths: z.strictObject({
    program: path.default('.'),
    data: path,
    configuration: path,
    client: path.optional(),
    /** The jars of Cassandra. */
    cassandra: path.optional(),
  }),
  /** Of one address, in front. */
  limits: z
    .strictObject({
      connections: count.default(500),
      connectionsPer10s: count.default(300),
      signInsPerMinute: count.default(100),
      computationsPer10s: count.default(1000),
    })
    .prefault({}),
  nginx: z.strictObject({ brotli: z.boolean().default(true) }).prefault({}),
  cassandra: z
    .strictObject({
      keyspace: z
        .string()
        .regex(/^[a-z][a-z0-9_]{0,40}$/, 'is not a name of a keyspace')
        .default('salvus'),
      /** Copies in each datacenter; as many as there are nodes, at most 3, where nothing is said. */
      replication: z.record(name, z.int().min(1).max(7)).optional(),
      heapMB: z.int().min(128).max(65_536).default(2048),
      /** All nodes are new and start at once: their places on the ring are laid out here. */
      startTogether: z.boolean().default(false),
      /** Whether clients need a password. */
      passwords: z.boolean().default(true),
    })
    .prefault({}),
  dns: z
    .strictObject({
      zone: z
        .string()
        .regex(/^([a-z0-9-]+\.)+[a-z0-9-]+$/, 'is not a name such as salvus.example.com'),
      ttlS: z.int().min(1).max(86_400).default(30),
      /** Where a datacenter is not told by networks: MaxMind's file of cities. */
      geoipDatabase: path.optional(),
      hostmaster: z.email('is not an e-mail address'),
    })
    .optional(),
  alarms: z.strictObject({ to: z.array(z.email('is not an e-mail address')).min(1) }).optional(),
  ports: ports.optional(),
  memoryMB: memoryMB.optional(),
  datacenters: z.record(
    name,
    z.strictObject({
      /** Addresses of people who are nearest to it, such as 10.0.0.0/8. */
      networks: z
        .array(z.union([z.cidrv4(), z.cidrv6()], 'is not a network such as 10.0.0.0/8'))
        .default([]),
    }),
  ),
  hosts: z.record(name, host),
})
export type Inventory = z.infer<typeof inventorySchema>

import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import {
  existsSync,
  mkdirSync,
  openSync,
  closeSync,
  readdirSync,
  readFileSync,
  writeFileSync,
} from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

import { javaArguments, nodeFiles } from '../../src/admin/cassandra/node-files.ts'
import type { CassandraNode } from '../../src/admin/cassandra/node-files.ts'
import { connectCassandra } from '../../src/database/cassandra/connection.ts'
import type { CassandraAddress } from '../../src/database/cassandra/client-options.ts'
import { cql } from '../../src/database/cassandra/cql.ts'
import type { CassandraSettings } from '../../src/database/cassandra/settings.ts'
import type { CqlConnection } from '../../src/database/cassandra/cql.ts'
import { DatabaseAway } from '../../src/database/database-away.ts'
import { programOnPath } from './programs.ts'
import { until } from './until.ts'

/** A node takes ten seconds, on a busy machine a minute; it is waited for within the time of a hook. */
const START_DEADLINE_MS = 170_000
/** Seven take half a minute on two idle cores, and ten times that on busy ones. */
const START_MANY_DEADLINE_MS = 10 * 60_000
const CQL_PORT = 9042
/** Enough for the tables of several keyspaces. */
const HEAP_MB = 256
/** What a new cluster knows. */
const CREDENTIALS = { username: 'cassandra', password: 'cassandra' }
/** Two virtual machines a core read their classes at the same time; more are slower than one after another. */
const STARTED_AT_ONCE = 4

const PEERS = cql`SELECT schema_version, rpc_address FROM system.peers`
const LOCAL = cql`SELECT schema_version FROM system.local`

/** Where the jars are, as the set-up of the tests fetched them; undefined where it could not. */
export function cassandraLibrary(): string | undefined {
  const given = process.env['SALVUS_TEST_CASSANDRA']
  const lib = given ?? join(process.cwd(), '.setup', 'cassandra', 'lib')
  return lib !== '' && existsSync(lib) && testJava() !== undefined ? lib : undefined
}

function testJava(): string | undefined {
  return process.env['SALVUS_TEST_JAVA'] ?? programOnPath('java')
}

/** Real nodes on loopback addresses of their own, by datacenter: `{ dc1: 3, dc2: 3, dc3: 1 }`. */
export class TestCluster implements AsyncDisposable {
  readonly nodes: readonly TestNode[]
  readonly #folder: string

  readonly #passwords: boolean

  private constructor(nodes: readonly TestNode[], folder: string, passwords: boolean) {
    this.nodes = nodes
    this.#folder = folder
    this.#passwords = passwords
  }

  static async start(datacenters: Readonly<Record<string, number>>): Promise<TestCluster> {
    const lib = cassandraLibrary()
    if (lib === undefined) throw new Error('no Cassandra: npm test fetches it')
    const folder = await mkdtemp(join(tmpdir(), 'salvus-test-cassandra-'))
    const network = await freeNetwork()
    // Passwords are a table of one copy, which a cluster must be told to keep more often: with one node there is one.
    const passwords = Object.values(datacenters).reduce((sum, count) => sum + count) === 1
    const plans = planNodes(datacenters, network, folder).map((plan) => ({ ...plan, passwords }))
    const cluster = new TestCluster(
      plans.map((plan) => new TestNode(plan, lib)),
      folder,
      passwords,
    )
    try {
      for (let first = 0; first < plans.length; first += STARTED_AT_ONCE) {
        const some = cluster.nodes.slice(first, first + STARTED_AT_ONCE)
        await Promise.all(some.map((node) => node.start()))
      }
      await cluster.agreed()
      return cluster
    } catch (error) {
      await cluster[Symbol.asyncDispose]()
      throw error
    }
  }

  nodesOf(dataCenter: string): readonly TestNode[] {
    return this.nodes.filter((node) => node.plan.dataCenter === dataCenter)
  }

  /** How a client of this datacenter reaches it. */
  addressOf(dataCenter: string): CassandraAddress {
    return {
      contactPoints: this.nodesOf(dataCenter).map((node) => node.plan.address),
      localDataCenter: dataCenter,
      ...(this.#passwords ? { credentials: CREDENTIALS } : {}),
    }
  }

  /**
   * Resolves when each running node lists each other one with the same tables. A client that connects before would
   * keep a short list of nodes.
   */
  async agreed(): Promise<void> {
    const running = this.nodes.filter((node) => node.isRunning)
    for (const node of running) {
      await until(
        `${node.plan.address} lists its peers`,
        () => peersOf(node),
        (peers) => peers.versions.size === 1 && peers.count === this.nodes.length - 1,
        this.nodes.length === 1 ? START_DEADLINE_MS : START_MANY_DEADLINE_MS,
      )
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.nodes.map((node) => node.kill()))
    await rm(this.#folder, { recursive: true, force: true })
  }
}

/** One node, which a test kills, pauses and starts again. */
export class TestNode {
  readonly plan: CassandraNode
  readonly #lib: string
  #process: ChildProcess | undefined

  constructor(plan: CassandraNode, lib: string) {
    this.plan = plan
    this.#lib = lib
  }

  get isRunning(): boolean {
    return this.#process !== undefined && this.#process.exitCode === null
  }

  /** Resolves when it takes connections. */
  async start(): Promise<void> {
    const { folder } = this.plan
    for (const [name, text] of Object.entries(nodeFiles(this.plan))) {
      mkdirSync(dirname(join(folder, name)), { recursive: true })
      writeFileSync(join(folder, name), text)
    }
    mkdirSync(join(folder, 'logs'), { recursive: true })
    const jars = readdirSync(this.#lib)
      .filter((name) => name.endsWith('.jar'))
      .toSorted()
      .map((name) => join(this.#lib, name))
    const log = openSync(join(folder, 'logs', 'out.log'), 'a')
    // A node ends with the process of its test, whatever ended that.
    const java = testJava() ?? 'java'
    const args = ['--pdeathsig', 'KILL', java, ...javaArguments(this.plan, jars)]
    const child = spawn('setpriv', args, {
      cwd: folder,
      stdio: ['ignore', log, log],
      env: { ...process.env, MALLOC_ARENA_MAX: '2' },
    })
    closeSync(log)
    this.#process = child
    await until(
      `${this.plan.address} takes connections`,
      async () => {
        if (child.exitCode !== null) throw new Error(`a node ended:\n${lastLines(folder)}`)
        return canConnect(this.plan.address, CQL_PORT)
      },
      (connects) => connects,
      this.plan.seeds.length === 1 ? START_DEADLINE_MS : START_MANY_DEADLINE_MS,
    )
  }

  /** As a power failure would end it. */
  async kill(): Promise<void> {
    const child = this.#process
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return
    const exited = once(child, 'exit')
    child.kill('SIGCONT')
    child.kill('SIGKILL')
    await exited
    this.#process = undefined
  }

  /** It keeps its connections and answers nothing. */
  pause(): void {
    this.#process?.kill('SIGSTOP')
  }

  resume(): void {
    this.#process?.kill('SIGCONT')
  }
}

function planNodes(
  datacenters: Readonly<Record<string, number>>,
  network: string,
  folder: string,
): CassandraNode[] {
  const places = Object.entries(datacenters).flatMap(([dataCenter, count], number) =>
    Array.from({ length: count }, (_, index) => ({
      dataCenter,
      token: String(
        -(2n ** 63n) + (2n ** 64n / BigInt(count)) * BigInt(index) + BigInt(number * 100),
      ),
    })),
  )
  const address = (index: number) => `${network}.${index + 1}`
  return places.map(({ dataCenter, token }, index) => ({
    clusterName: 'salvus-test',
    address: address(index),
    dataCenter,
    rack: 'r1',
    seeds: places.map((_, seed) => address(seed)).slice(0, 4),
    folder: join(folder, `node${index + 1}`),
    heapMb: HEAP_MB,
    token,
    passwords: false,
  }))
}

/** A network of the loopback where nobody listens: several clusters run at the same time. */
async function freeNetwork(): Promise<string> {
  const first = 16 + (process.pid % 200)
  for (let number = first; number < first + 30; number++) {
    const network = `127.0.${number}`
    const taken = await Promise.all(
      [7000, CQL_PORT].map((port) => canConnect(`${network}.1`, port)),
    )
    if (!taken.includes(true)) return network
  }
  throw new Error('no free network on the loopback')
}

function canConnect(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port })
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', () => resolve(false))
  })
}

/** What a node knows of the others; nothing while it still sets itself up. */
async function peersOf(node: TestNode): Promise<{ versions: Set<string>; count: number }> {
  const { address, dataCenter, passwords } = node.plan
  let connection: CqlConnection
  try {
    connection = await connectCassandra({
      contactPoints: [address],
      localDataCenter: dataCenter,
      ...(passwords ? { credentials: CREDENTIALS } : {}),
      onlyContactPoints: true,
    })
  } catch (error) {
    if (error instanceof DatabaseAway) return { versions: new Set(), count: 0 }
    throw error
  }
  await using _connection = connection
  const [local, peers] = [await connection.all(LOCAL), await connection.all(PEERS)]
  const versions = new Set([...local, ...peers].map((row) => String(row['schema_version'])))
  return { versions, count: peers.filter((row) => row['rpc_address'] !== null).length }
}

function lastLines(folder: string): string {
  return readFileSync(join(folder, 'logs', 'out.log'), 'utf8')
    .split('\n')
    .slice(-30)
    .join('\n')
}

interface SettingsFile extends AsyncDisposable {
  readonly file: string
  readonly settings: CassandraSettings
  /** The password of the address. */
  readonly passwordFile: string
}

/** The same cluster as configuration says it, with passwords in files; for another user where one is given. */
export async function cassandraSettingsFile(
  address: CassandraAddress & { readonly keyspace: string },
  user = address.credentials,
): Promise<SettingsFile> {
  const folder = await mkdtemp(join(tmpdir(), 'salvus-test-conf-'))
  const passwordFile = join(folder, 'password')
  const { contactPoints, localDataCenter, keyspace, credentials } = address
  const userFile = join(folder, 'user-password')
  writeFileSync(passwordFile, `${credentials?.password ?? ''}\n`, { mode: 0o600 })
  writeFileSync(userFile, `${user?.password ?? ''}\n`, { mode: 0o600 })
  const settings = {
    contactPoints: [...contactPoints],
    localDataCenter,
    keyspace,
    replication: { [localDataCenter]: 1 },
    ...(user === undefined ? {} : { user: user.username, passwordFile: userFile }),
  }
  const file = join(folder, 'hub.json')
  writeFileSync(file, JSON.stringify({ port: 1, database: { cassandra: settings } }))
  return {
    file,
    settings,
    passwordFile,
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  }
}

import { JVM_ACCESS } from './jvm-access.ts'

/** One node of a cluster, as a deployment or a test describes it. */
export interface CassandraNode {
  readonly clusterName: string
  /** Its own address, to which it binds for peers (7000) and for clients (9042). */
  readonly address: string
  readonly dataCenter: string
  readonly rack: string
  /** Addresses that a starting node asks for the others. */
  readonly seeds: readonly string[]
  /** Absolute; holds its data, its configuration and its logs, and nothing else. */
  readonly folder: string
  /** Absolute; where its configuration is, when that is not `conf` of its folder. */
  readonly configurationFolder?: string | undefined
  readonly heapMb: number
  /**
   * Its place on the ring, where the whole ring is laid out by hand and all nodes start at once with empty folders.
   * Undefined: it takes 16 places by itself and fetches what belongs there, as a node that joins later must.
   */
  readonly token?: string | undefined
  /** Whether clients need a name and a password. A new cluster knows `cassandra` with the password `cassandra`. */
  readonly passwords: boolean
}

/** All that a node reads at its start: names below its folder, and texts. */
export function nodeFiles(node: CassandraNode): Readonly<Record<string, string>> {
  return {
    'conf/cassandra.yaml': cassandraYaml(node),
    'conf/cassandra-rackdc.properties': `dc=${node.dataCenter}\nrack=${node.rack}\n`,
    'conf/logback.xml': LOGBACK,
  }
}

/** The arguments of `java`, with the class path of the jars. */
export function javaArguments(node: CassandraNode, jars: readonly string[]): string[] {
  const conf = node.configurationFolder ?? `${node.folder}/conf`
  return [
    ...JVM_ACCESS,
    '-Xms32m',
    `-Xmx${node.heapMb}m`,
    ...(node.heapMb <= SMALL_HEAP_MB
      ? // One compiler and one collector thread: what a laptop can spare for a node.
        ['-Xss512k', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1']
      : ['-XX:+UseG1GC', '-XX:MaxGCPauseMillis=300', '-XX:+AlwaysPreTouch']),
    '-XX:+PerfDisableSharedMem',
    '-XX:+ExitOnOutOfMemoryError',
    '-Djava.net.preferIPv4Stack=true',
    '-cp',
    jars.join(':'),
    `-Dcassandra.config=file://${conf}/cassandra.yaml`,
    `-Dcassandra-rackdc.properties=file://${conf}/cassandra-rackdc.properties`,
    `-Dlogback.configurationFile=file:${conf}/logback.xml`,
    `-Dcassandra.storagedir=${node.folder}`,
    `-Dcassandra.logdir=${node.folder}/logs`,
    '-Dcassandra-foreground=yes',
    ...(node.token === undefined ? [] : TOGETHER),
    'org.apache.cassandra.service.CassandraDaemon',
  ]
}

/** A heap of this size or less is for a test or a single machine: caches and pools are made small as well. */
const SMALL_HEAP_MB = 512

/** All nodes of a ring start at the same time and know their places: nothing to wait for. */
const TOGETHER = [
  '-Dcassandra.ring_delay_ms=5000',
  '-Dcassandra.skip_wait_for_gossip_to_settle=0',
  '-Dcassandra.superuser_setup_delay_ms=0',
  '-Dcassandra.consistent.rangemovement=false',
]

function cassandraYaml(node: CassandraNode): string {
  const { folder, address, token } = node
  const place =
    token === undefined
      ? ['num_tokens: 16']
      : ['num_tokens: 1', `initial_token: ${token}`, 'auto_bootstrap: false']
  const small = node.heapMb <= SMALL_HEAP_MB ? SMALL : []
  const [authenticator, authorizer] = node.passwords
    ? ['PasswordAuthenticator', 'CassandraAuthorizer']
    : ['AllowAllAuthenticator', 'AllowAllAuthorizer']
  return `${[
    `cluster_name: ${node.clusterName}`,
    ...place,
    'partitioner: org.apache.cassandra.dht.Murmur3Partitioner',
    `listen_address: ${address}`,
    `rpc_address: ${address}`,
    'storage_port: 7000',
    'native_transport_port: 9042',
    'start_native_transport: true',
    'endpoint_snitch: GossipingPropertyFileSnitch',
    'seed_provider:',
    '  - class_name: org.apache.cassandra.locator.SimpleSeedProvider',
    '    parameters:',
    `      - seeds: "${node.seeds.join(',')}"`,
    `data_file_directories: [${folder}/data]`,
    `commitlog_directory: ${folder}/commitlog`,
    `saved_caches_directory: ${folder}/saved_caches`,
    `hints_directory: ${folder}/hints`,
    `cdc_raw_directory: ${folder}/cdc_raw`,
    // What was answered is on the disk: with the default, ten seconds of it go with a killed process.
    'commitlog_sync: batch',
    // Fewer rounds between datacenters for what all of them decide, and for reading it.
    'paxos_variant: v2',
    'hinted_handoff_enabled: true',
    'max_hint_window: 3h',
    'read_request_timeout: 5000ms',
    'write_request_timeout: 2000ms',
    'cas_contention_timeout: 3000ms',
    `authenticator: ${authenticator}`,
    `authorizer: ${authorizer}`,
    ...small,
  ].join('\n')}\n`
}

const SMALL = [
  'dynamic_snitch: false',
  'commitlog_segment_size: 8MiB',
  'disk_access_mode: mmap_index_only',
  'memtable_heap_space: 48MiB',
  'memtable_offheap_space: 32MiB',
  // Slabs are a megabyte for each table, of which most tables would have some bytes.
  'memtable_allocation_type: unslabbed_heap_buffers',
  'file_cache_size: 16MiB',
  'networking_cache_size: 16MiB',
  'key_cache_size: 0MiB',
  'counter_cache_size: 0MiB',
  'row_cache_size: 0MiB',
  'prepared_statements_cache_size: 4MiB',
  'concurrent_reads: 8',
  'concurrent_writes: 8',
  'concurrent_counter_writes: 8',
  'concurrent_materialized_view_writes: 2',
  'concurrent_compactors: 1',
  'memtable_flush_writers: 1',
  'native_transport_max_threads: 16',
]

const LOGBACK = `<configuration>
  <appender name="FILE" class="ch.qos.logback.core.rolling.RollingFileAppender">
    <file>\${cassandra.logdir}/system.log</file>
    <rollingPolicy class="ch.qos.logback.core.rolling.FixedWindowRollingPolicy">
      <fileNamePattern>\${cassandra.logdir}/system.log.%i</fileNamePattern>
      <minIndex>1</minIndex>
      <maxIndex>3</maxIndex>
    </rollingPolicy>
    <triggeringPolicy class="ch.qos.logback.core.rolling.SizeBasedTriggeringPolicy">
      <maxFileSize>20MB</maxFileSize>
    </triggeringPolicy>
    <encoder><pattern>%-5level [%thread] %date{ISO8601} %F:%L - %msg%n</pattern></encoder>
  </appender>
  <root level="INFO"><appender-ref ref="FILE"/></root>
</configuration>
`

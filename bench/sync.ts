/*
 * Many people in one document: N clients over real websockets, one who types or all, and 200 documents of 5 clients.
 *
 *   sync_*_p50, sync_*_p99   from an edit's local change in one client until another has applied it
 *   sync_*_cpu               CPU time of all server processes, by edit
 *   sync_*_memory            resident memory at the end of the processes that edits pass through: hub and local hub
 *                            beside a peer's relay and server (what processes share counts once)
 *   sync_*_memory_all        that of all processes of Salvus: also what starts them, and keeps them running
 *   sync_*_bytes_down        bytes of a websocket with its frames that an edit costs each client
 *   sync_*_bytes_up          those that an edit costs in the other direction, of all clients: acknowledgements too
 *
 * `*` is N_one (one types 10 edits a second), N_all1 and N_all3 (each types 1 or 3 a second), or 200x5 (200 documents
 * of 5 clients, of which one types 1 a second).
 *
 * Every system has the same number of hops: clients of Salvus reach a hub that forwards to the local hub of the
 * project; those of a peer a bare relay of websockets that forwards to the peer's server. Salvus is what `npm start`
 * starts: it authorizes, and it writes each edit into a journal before it sends it to anybody. The peers are as they
 * are by default: they keep documents in memory only.
 *
 * One load generator process has the clients of all systems, in the same way (support/sync-load.ts): all of up to
 * 10 in a document apply all that comes, and 3 of more, and latencies are theirs; the others send real edits, acknowledge as the protocol
 * demands, and count bytes. All runs end with a comparison of the texts.
 *
 *   --only 200_all3          scenarios whose name has this in it
 *   --peer y-websocket       this peer only; `none`: no peer
 *   --seconds 10             measured time of each run
 *   --note                   tells what each process took
 */
import { once } from 'node:events'
import { parseArgs } from 'node:util'

import { emit, note } from './support/emit.ts'
import { installPeers } from './support/sync-peer-packages.ts'
import { usageOf } from './support/sync-processes.ts'
import type { Usage } from './support/sync-processes.ts'
import { runHocuspocus, runRelay, runSharedb } from './support/sync-relay.ts'
import { runLoad } from './support/sync-run.ts'
import type { Job, LoadNotice, Result, Scenario, SystemName } from './support/sync-run.ts'
import { serve, startRole, stop } from './support/sync-servers.ts'

const PEERS: readonly SystemName[] = ['y-websocket', 'hocuspocus', 'sharedb']
const CLIENTS = [2, 10, 50, 200]
/** Long enough that code is compiled, and that what starting has left behind is collected. */
const WARM_MS = 10_000
const MEASURE_SECONDS = 10

/** Processes of Salvus that edits pass through. */
const EDITS_PASS = new Set(['hub.js', 'local-hub.js'])

const SCENARIOS: readonly Scenario[] = [
  ...CLIENTS.flatMap((clients): Scenario[] => [
    { name: `${clients}_one`, documents: 1, clients, typists: 'one', rate: 10 },
    { name: `${clients}_all1`, documents: 1, clients, typists: 'all', rate: 1 },
    { name: `${clients}_all3`, documents: 1, clients, typists: 'all', rate: 3 },
  ]),
  { name: '200x5', documents: 200, clients: 5, typists: 'one', rate: 1 },
]

interface Measured extends Result {
  readonly cpuMs: number
  /** Of the processes that edits pass through, and of all. */
  readonly memoryMb: number
  readonly allMemoryMb: number
  readonly clients: number
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      only: { type: 'string', default: '' },
      peer: { type: 'string' },
      seconds: { type: 'string', default: String(MEASURE_SECONDS) },
      note: { type: 'boolean', default: false },
    },
  })
  const { only, peer, seconds, note: verbose } = values
  const scenarios = SCENARIOS.filter(({ name }) => name.includes(only))
  const peers = PEERS.filter((name) => peer === undefined || peer === name)
  const folder = installPeers()
  const options = { folder, measureMs: Number(seconds) * 1000, verbose }
  for (const scenario of scenarios) {
    const ours = await measure('salvus', scenario, options)
    if (peers.length === 0) report(scenario, ours)
    for (const name of peers)
      report(scenario, ours, { name, ...(await measure(name, scenario, options)) })
  }
}

interface MeasureOptions {
  readonly folder: string
  readonly measureMs: number
  readonly verbose: boolean
}

async function measure(
  system: SystemName,
  scenario: Scenario,
  { folder, measureMs, verbose }: MeasureOptions,
): Promise<Measured> {
  await using served = await serve(system, folder)
  const load = startRole('load')
  const usages: Usage[] = []
  try {
    const job: Job = { system, scenario, target: served.target, warmMs: WARM_MS, measureMs }
    const result = await new Promise<Result>((resolve, reject) => {
      load.on('message', (notice: LoadNotice) => {
        if (notice.kind === 'result') resolve(notice.result)
        else usages.push(usageOf(served.pids))
      })
      load.once('exit', () => reject(new Error(`the load generator of ${system} has ended`)))
      load.send(job)
    })
    const [before, after] = usages
    if (before === undefined || after === undefined) throw new Error('nothing was measured')
    if (verbose) tellProcesses(before, after)
    const cpuMs = (after.cpuSeconds - before.cpuSeconds) * 1000
    const clients = scenario.documents * scenario.clients
    const memoryMb = after.each
      .filter(({ name }) => system !== 'salvus' || EDITS_PASS.has(name))
      .reduce((sum, each) => sum + each.memoryMb, 0)
    const measured = { ...result, cpuMs, memoryMb, allMemoryMb: after.memoryMb, clients }
    tell(system, scenario, measured)
    return measured
  } finally {
    await stop(load)
  }
}

function report(scenario: Scenario, ours: Measured, theirs?: Measured & { name: string }): void {
  const figures: readonly [string, string, (measured: Measured) => number][] = [
    ['p50', 'ms', ({ p50 }) => p50],
    ['p99', 'ms', ({ p99 }) => p99],
    ['cpu', 'ms an edit', ({ cpuMs, edits }) => cpuMs / edits],
    ['memory', 'MB', ({ memoryMb }) => memoryMb],
    ['bytes_down', 'B an edit and client', (each) => bytesDown(scenario, each)],
    ['bytes_up', 'B an edit', ({ bytesUp, edits }) => bytesUp / edits],
  ]
  for (const [figure, unit, of] of figures) {
    const name = `sync_${scenario.name}_${figure}`
    const peer = theirs && { peer: theirs.name, peer_value: of(theirs) }
    emit({ name, value: of(ours), unit, ...peer })
  }
  emit({ name: `sync_${scenario.name}_memory_all`, value: ours.allMemoryMb, unit: 'MB' })
}

/** By edit and client of its document. */
function bytesDown({ clients }: Scenario, measured: Measured): number {
  return measured.bytesDown / measured.edits / clients
}

function tell(system: SystemName, scenario: Scenario, measured: Measured): void {
  const { p50, p99, edits, cpuMs, memoryMb, missing, generator, bytesUp } = measured
  const figures = [
    `p50 ${p50.toFixed(2)} ms`,
    `p99 ${p99.toFixed(2)} ms`,
    `${(cpuMs / edits).toFixed(3)} ms CPU an edit`,
    `${memoryMb.toFixed(0)} MB`,
    `${bytesDown(scenario, measured).toFixed(1)} B down`,
    `${(bytesUp / edits).toFixed(1)} B up`,
    `${edits} edits`,
    `generator ${(generator * 100).toFixed(0)} %`,
  ]
  const late = missing > 0 ? `; ${missing} deliveries not in time` : ''
  note(`${scenario.name} ${system}: ${figures.join(', ')}${late}`)
}

function tellProcesses(before: Usage, after: Usage): void {
  for (const { name, pid, cpuSeconds, memoryMb } of after.each) {
    const earlier = before.each.find((one) => one.pid === pid)?.cpuSeconds ?? 0
    note(`  ${name}: ${((cpuSeconds - earlier) * 1000).toFixed(0)} ms, ${memoryMb.toFixed(0)} MB`)
  }
}

/** One bundle is all processes of this benchmark. */
async function runRole(role: string, [first = '', second = '']: readonly string[]): Promise<void> {
  process.on('disconnect', () => process.exit())
  if (role === 'relay') return runRelay(Number(first))
  if (role === 'hocuspocus') return runHocuspocus(first, Number(second))
  if (role === 'sharedb') return runSharedb(first, Number(second))
  const [job] = (await once(process, 'message')) as [Job]
  await runLoad(job, (notice) => process.send?.(notice))
  process.exit()
}

if (process.argv[2] === '--role') await runRole(process.argv[3] ?? '', process.argv.slice(4))
else await main()

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'

import { z } from 'zod'

import { hubControlPath } from '../daemon/hub-control-path.ts'
import { createLinkPeer } from '../daemon/links/link-peer.ts'
import type { LinkPeer } from '../daemon/links/link-peer.ts'
import type { Link } from '../daemon/links/link.ts'
import { openLink } from '../daemon/links/open-link.ts'
import { silentLogger } from '../daemon/logging.ts'
import { hubToOperatorNotices, operatorToHub } from '../messages/hub-control.ts'
import { projectId } from '../messages/ids.ts'
import type { ProjectId } from '../messages/ids.ts'
import { codeOf } from '../util/coded-error.ts'
import { Failure } from './failure.ts'
import { chooseDataDirectory } from './start/data-directory.ts'

const USAGE = `Usage: salvus project hosts [--config FILE | --data DIR]
       salvus project move PROJECT --to HOST --yes
       salvus project claim PROJECT --to HOST --yes [--host-is-off]

Says which hosts run projects, stops a project and starts it on another host (move), or takes it from a host that is
dead (claim). FILE is the configuration of a hub on this machine; DIR the data directory of \`npm start\`.

Files are not moved: the project begins on the new host with the files that are there. --yes says that you know.
A claim waits until the dead host's lease has run out, a term and a quarter. A host without a lease can't be seen to
have stopped: switch it off, and say --host-is-off.
`

/** A start, after the longest lease (an hour) and its margin. */
const ASK_MS = 90 * 60_000

const hubFile = z.object({
  dataDir: z.string(),
  secretsDir: z.string(),
  hubId: z.string().default('hub'),
})

interface Given {
  readonly to: string | undefined
  readonly yes: boolean
  readonly hostIsOff: boolean
}

/** `salvus project hosts|move|claim`: asks a hub of this machine. */
export async function projectCommand(args: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      config: { type: 'string' },
      data: { type: 'string' },
      to: { type: 'string' },
      yes: { type: 'boolean', default: false },
      'host-is-off': { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  })
  const [what, which] = positionals
  const isAsked = what === 'hosts' ? positionals.length === 1 : positionals.length === 2
  if (values.help || !isAsked || !['hosts', 'move', 'claim'].includes(what ?? '')) {
    process.stdout.write(USAGE)
    return values.help ? 0 : 2
  }
  const file = values.config ?? join(chooseDataDirectory(values.data).sharedDir, 'run', 'hub.json')
  const hub = await connect(file)
  try {
    if (what === 'hosts') return await showHosts(hub.peer)
    const given = { to: values.to, yes: values.yes, hostIsOff: values['host-is-off'] }
    return await change(hub.peer, what === 'move' ? 'move' : 'claim', readProject(which), given)
  } finally {
    hub.link.close('done')
  }
}

type HubPeer = LinkPeer<typeof operatorToHub>

async function connect(file: string): Promise<{ peer: HubPeer; link: Link }> {
  const { dataDir, secretsDir, hubId } = readHubFile(file)
  const secret = readFileSync(join(secretsDir, 'hub'), 'utf8').trim()
  const identity = { subject: 'control', hubId: 'salvus', epoch: 0, secret }
  let peer: HubPeer | undefined
  try {
    const link = await openLink(`unix:${hubControlPath(dataDir, hubId)}`, identity, (opened) => {
      const made = createLinkPeer({
        link: opened,
        logger: silentLogger(),
        asked: {},
        handlers: {},
        asks: operatorToHub,
        notices: hubToOperatorNotices,
        noticeHandlers: { progress: ({ text }) => void process.stdout.write(`  ${text}\n`) },
      })
      peer = made
      opened.onFrame = (frame) => made.receive(frame.payload)
    })
    if (peer === undefined) throw new Error('bug: the link was not opened')
    return { peer, link }
  } catch (error) {
    if (codeOf(error) !== 'unavailable') throw error
    throw new Failure(
      `The hub of ${file} does not answer.`,
      'Start it, or name another: --config FILE.',
    )
  }
}

function readHubFile(file: string): z.infer<typeof hubFile> {
  let text
  try {
    text = readFileSync(file, 'utf8')
  } catch (error) {
    throw new Failure(
      `There is no configuration of a hub in ${file}.`,
      'Name one of this machine: --config FILE.',
      { cause: error },
    )
  }
  return hubFile.parse(JSON.parse(text))
}

function readProject(given: string | undefined): ProjectId {
  const parsed = projectId.safeParse(given)
  if (parsed.success) return parsed.data
  throw new Failure(
    `"${given}" is not the id of a project.`,
    'It stands in the address of its pages.',
  )
}

async function showHosts(peer: HubPeer): Promise<number> {
  const { hosts } = await peer.request('list_hosts', {})
  for (const { host, unlinkedSinceMs, lease, projects, load } of hosts) {
    const fact =
      unlinkedSinceMs === undefined
        ? `lease ${lease ?? 'unknown'}, ${projects ?? '?'} projects, load ${load?.toFixed(2) ?? '?'}`
        : `can't be reached since ${new Date(unlinkedSinceMs).toISOString()}`
    process.stdout.write(`${host}: ${fact}\n`)
  }
  return hosts.every(({ lease }) => lease === 'held') ? 0 : 3
}

async function change(
  peer: HubPeer,
  how: 'move' | 'claim',
  id: ProjectId,
  { to, yes, hostIsOff }: Given,
): Promise<number> {
  if (to === undefined)
    throw new Failure('No host is named.', 'Say --to HOST; see: salvus project hosts.')
  if (!yes) {
    throw new Failure(
      `Files are not moved: on ${to} those of the project may be missing, or older.`,
      'Copy them before, or say --yes.',
    )
  }
  try {
    const { from } =
      how === 'move'
        ? await peer.request('move_project', { projectId: id, to }, ASK_MS)
        : await peer.request('take_project', { projectId: id, to, hostIsOff }, ASK_MS)
    process.stdout.write(
      `The project runs on ${to}${from === undefined ? '' : `, before on ${from}`}.\n`,
    )
    return 0
  } catch (error) {
    throw new Failure(
      error instanceof Error ? error.message : String(error),
      remedyOf(error, how),
      {
        cause: error,
      },
    )
  }
}

function remedyOf(error: unknown, how: 'move' | 'claim'): string {
  if (how === 'move' && codeOf(error) === 'unavailable') {
    return 'Where its host is dead, take the project: salvus project claim.'
  }
  return 'See the hosts: salvus project hosts.'
}

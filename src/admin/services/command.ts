import { parseArgs } from 'node:util'

import { runCommand } from '../run-command.ts'
import { Failure } from '../failure.ts'
import { askSupervisor } from './control.ts'
import type { Action, HostStatus } from './control.ts'
import { showLogs } from './logs.ts'
import { prepareWorksheets, runHost } from './run-host.ts'
import { prepareService } from './prepare.ts'
import { startDetached } from './start-detached.ts'
import { isManagedBySystemd, systemdCommand } from './systemd-manager.ts'
import { chooseTargets } from './targets.ts'
import type { Target } from './targets.ts'

/** Cassandra and projects take their time. */
const ACTION_MS = 180_000
const ASK_MS = 5_000
/** Longer than anything that is waited for on another host. */
const SSH_MS = 300_000

export type ServicesCommand = Action | 'status' | 'logs' | 'prepare'

export const SERVICES_USAGE = `Usage: salvus start|stop|restart|reload|status|logs [SERVICE] --conf DIR [OPTION ...]

For the services that \`salvus configure\` has written files for. SERVICE is one of them, such as haproxy or hub-1; all
of a host where none is named.

  --conf DIR          the folder of the installation, such as conf/deploy_local
  --environment NAME  lays environments/NAME.toml of that folder over its inventory.toml
  --on HOST           a host, several times or \`all\`; this machine's where none is named. Others by ssh.
  --configured DIR    instead of --conf: the folder of this host's generated files
  --detach            start: in the background, returns when all services answer
  --follow            logs: shows what comes, too
  --lines N           logs: how many lines of the end are shown, 200 unless given

Exit code 0: done, or (status) all services answer; 3 (status): not all do.
`

interface Options {
  readonly what: ServicesCommand
  readonly service: string | undefined
  readonly detach: boolean
  readonly follow: boolean
  readonly lines: number
}

/** Whether the arguments of a command are about services of an installation, not about one machine's `npm start`. */
export function isAboutServices(args: readonly string[]): boolean {
  return args.some((arg) => /^--(conf|configured|on)(=|$)/.test(arg))
}

/** `salvus start`, `stop`, ... with `--conf` or `--configured`. */
export async function servicesCommand(
  what: ServicesCommand,
  args: readonly string[],
): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      conf: { type: 'string' },
      environment: { type: 'string' },
      configured: { type: 'string' },
      on: { type: 'string', multiple: true, default: [] },
      detach: { type: 'boolean', default: false },
      follow: { type: 'boolean', default: false },
      lines: { type: 'string', default: '200' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  })
  if (values.help || positionals.length > 1 || !/^\d{1,6}$/.test(values.lines)) {
    process.stdout.write(SERVICES_USAGE)
    return values.help ? 0 : 2
  }
  const targets = chooseTargets(values)
  const options = {
    what,
    service: positionals[0],
    // Several supervisors in one terminal can't all be in its foreground.
    detach: values.detach || targets.length > 1,
    follow: values.follow,
    lines: Number(values.lines),
  }
  // Together, since a cluster's hosts wait for each other; what is only shown, or restarted, one after another.
  if (options.service === undefined && (what === 'start' || what === 'stop')) {
    return Math.max(...(await Promise.all(targets.map((target) => doAt(target, options)))))
  }
  let worst = 0
  for (const target of targets) worst = Math.max(worst, await doAt(target, options))
  return worst
}

function doAt(target: Target, options: Options): Promise<number> {
  if (target.kind === 'ssh') return doBySsh(target, options)
  const { manifest, folder } = target
  if (options.what === 'prepare') return prepare(target, options.service)
  if (isManagedBySystemd()) return doBySystemd(manifest, { ...options, what: options.what })
  if (options.what === 'logs') return showLogs(manifest, options)
  if (options.what === 'status') return showStatus(target)
  if (options.service !== undefined) return act(target, options.what, options.service)
  return doAll(folder, target, options)
}

/** With all services of a host: its supervisor starts and ends with them. */
async function doAll(
  folder: string,
  target: Target & { kind: 'local' },
  { what, detach }: Options,
): Promise<number> {
  const { manifest } = target
  if (what === 'start') return detach ? startDetached(folder, manifest) : runHost(folder)
  if (what === 'stop') {
    await askSupervisor(manifest.data, { ask: 'end' }, ACTION_MS)
    process.stdout.write(`${manifest.host}: stopped.\n`)
    return 0
  }
  const running = await askSupervisor(manifest.data, { ask: 'status' }, ASK_MS)
  if (running === undefined) return startDetached(folder, manifest)
  let worst = 0
  // One after another, so that of several hubs one always serves.
  for (const { id } of manifest.services) {
    worst = Math.max(worst, await act(target, what === 'reload' ? 'reload' : 'restart', id))
  }
  return worst
}

async function act(
  { manifest }: Target & { kind: 'local' },
  action: Action,
  service: string,
): Promise<number> {
  const answer = await askSupervisor(manifest.data, { ask: action, service }, ACTION_MS)
  if (answer === undefined) {
    throw new Failure(
      `The services of ${manifest.host} do not run.`,
      'Start them all first: salvus start, with the same --conf or --configured.',
    )
  }
  if ('error' in answer) throw new Failure(answer.error, 'Its log may say more: salvus logs')
  const state = answer.services.find(({ id }) => id === service)
  process.stdout.write(`${manifest.host} ${service}: ${state?.state ?? 'unknown'}\n`)
  return state?.failed === true ? 1 : 0
}

async function showStatus({ manifest }: Target & { kind: 'local' }): Promise<number> {
  const answer = await askSupervisor(manifest.data, { ask: 'status' }, ASK_MS)
  if (answer === undefined || 'error' in answer) {
    process.stdout.write(`${manifest.host}: its services do not run.\n`)
    return 3
  }
  process.stdout.write(describeHost(answer))
  return answer.services.every(({ serves }) => serves) ? 0 : 3
}

/** A host's services in words. */
export function describeHost({ host, services, pid, sinceMs }: HostStatus): string {
  const since = new Date(sinceMs).toLocaleString('sv')
  const rows = services.map(
    ({ id, state, note }) =>
      `  ${id.padEnd(16)} ${state}\n${note === undefined ? '' : `                   ${note}\n`}`,
  )
  return `${host}: supervised by process ${pid} since ${since}\n${rows.join('')}`
}

async function prepare(
  { manifest, folder }: Target & { kind: 'local' },
  service: string | undefined,
): Promise<number> {
  if (service === 'python') {
    await prepareWorksheets(manifest, new AbortController().signal)
    return 0
  }
  const chosen = manifest.services.filter(({ id }) => service === undefined || id === service)
  for (const spec of chosen) await prepareService(manifest, spec, folder)
  return 0
}

async function doBySystemd(
  manifest: (Target & { kind: 'local' })['manifest'],
  options: Options & { readonly what: Exclude<ServicesCommand, 'prepare'> },
): Promise<number> {
  const services = manifest.services.map(({ id }) => id)
  const [program = '', ...args] = systemdCommand(options.what, { ...options, services })
  return passThrough(program, args, ACTION_MS)
}

function doBySsh(target: Target & { kind: 'ssh' }, options: Options): Promise<number> {
  const words = [
    'node',
    target.salvus,
    options.what,
    ...(options.service === undefined ? [] : [options.service]),
    '--configured',
    target.folder,
    // There is no terminal there whose foreground it could be in.
    ...(options.what === 'start' && options.service === undefined ? ['--detach'] : []),
    ...(options.follow ? ['--follow'] : []),
    ...(options.what === 'logs' ? ['--lines', String(options.lines)] : []),
  ]
  process.stdout.write(`${target.name} (${target.to}):\n`)
  // ssh hands one line to the shell there: each word is quoted.
  const line = words.map((word) => `'${word.replaceAll("'", String.raw`'\''`)}'`).join(' ')
  return passThrough('ssh', ['-o', 'BatchMode=yes', target.to, line], SSH_MS)
}

async function passThrough(
  program: string,
  args: readonly string[],
  timeoutMs: number,
): Promise<number> {
  const onLine = (line: string): void => void process.stdout.write(`${line}\n`)
  const { code, tail } = await runCommand(program, args, { timeoutMs, onLine })
  if (code !== undefined) return code
  throw new Failure(`${program} has not done it: ${tail}`, 'Try it by hand.')
}

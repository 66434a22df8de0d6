import type { Manifest } from '../configure/manifest.ts'
import { runCommand } from '../run-command.ts'
import { SYSTEM_FOLDERS } from '../services/supervised-service.ts'
import type { Finding } from './finding.ts'
import { well, wrong } from './finding.ts'

const ANSWER_MS = 20_000

interface Program {
  /** What prints its version. */
  readonly command: readonly string[]
  readonly version: RegExp
  readonly least: readonly number[]
  readonly install: string
}

/** What was tried, by the kind of service. */
const PROGRAMS: Readonly<Record<string, Program>> = {
  stunnel: {
    command: ['stunnel', '-version'],
    version: /stunnel (\d+)\.(\d+)/,
    least: [5, 50],
    install: 'apt install stunnel4',
  },
  haproxy: {
    command: ['haproxy', '-v'],
    version: /version (\d+)\.(\d+)/,
    least: [2, 6],
    install: 'apt install haproxy',
  },
  nginx: {
    command: ['nginx', '-v'],
    version: /nginx\/(\d+)\.(\d+)/,
    least: [1, 18],
    install: 'apt install nginx-light libnginx-mod-http-brotli-static',
  },
  nats: {
    command: ['nats-server', '-v'],
    version: /v(\d+)\.(\d+)/,
    least: [2, 9],
    install: 'apt install nats-server',
  },
  cassandra: {
    command: ['java', '-version'],
    version: /version "(\d+)/,
    least: [17],
    install: 'apt install openjdk-17-jre-headless',
  },
  powerdns: {
    command: ['pdns_server', '--version'],
    version: /Server (\d+)\.(\d+)/,
    least: [4, 7],
    install: 'apt install pdns-server pdns-backend-bind',
  },
  prometheus: {
    command: ['prometheus', '--version'],
    version: /version (\d+)\.(\d+)/,
    least: [2, 40],
    install: 'apt install prometheus',
  },
  alertmanager: {
    command: ['prometheus-alertmanager', '--version'],
    version: /version (\d+)\.(\d+)/,
    least: [0, 24],
    install: 'apt install prometheus-alertmanager',
  },
}

/** Whether the programs of a host's services are there, and not older than what was tried. */
export async function checkPrograms(manifest: Manifest): Promise<readonly Finding[]> {
  const kinds = [...new Set(manifest.services.map(({ kind }) => kind))]
  const programs = kinds.flatMap((kind) => PROGRAMS[kind] ?? [])
  return Promise.all(programs.map(checkProgram))
}

async function checkProgram({ command, version, least, install }: Program): Promise<Finding> {
  const [name = '', ...args] = command
  const env = { ...process.env, PATH: `${process.env['PATH'] ?? ''}:${SYSTEM_FOLDERS}` }
  const { tail } = await runCommand(name, args, { timeoutMs: ANSWER_MS, env })
  const match = version.exec(tail)
  if (match === null) return wrong(`${name} is not installed`, install)
  const numbers = match.slice(1).map(Number)
  const text = numbers.join('.')
  if (!isOlder(numbers, least)) return well(`${name} ${text}`)
  return wrong(`${name} ${text} is older than ${least.join('.')}`, install)
}

function isOlder(numbers: readonly number[], least: readonly number[]): boolean {
  for (const [index, wanted] of least.entries()) {
    const has = numbers[index] ?? 0
    if (has !== wanted) return has < wanted
  }
  return false
}

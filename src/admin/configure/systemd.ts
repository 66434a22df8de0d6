import { join } from 'node:path'

import type { Deployment, Host } from '../inventory/deployment.ts'
import { banner, lines } from './file.ts'
import type { GeneratedFile } from './file.ts'
import type { ServiceSpec } from './manifest.ts'

/** A process of ours that has not told for so long that it lives is ended and started again, in seconds. */
const WATCHDOG_S = 60
/** systemd stops trying after so many ends within so many seconds, so that a broken host is noticed. */
const STARTS_MAX = 20
const STARTS_WITHIN_S = 300

/** The units of a host: one for each service, one that prepares the host, and a target with all of them. */
export function systemdFiles(
  deployment: Deployment,
  host: Host,
  specs: readonly ServiceSpec[],
): readonly GeneratedFile[] {
  const hasProjects = specs.some(({ kind }) => kind === 'project-server')
  const units = specs.map((spec) => ({
    path: `systemd/${unitName(spec.id)}`,
    text: unit(deployment, host, spec),
  }))
  const target = lines(
    banner('#'),
    '[Unit]',
    `Description=Salvus ${deployment.name}, host ${host.name}`,
    `Wants=${specs.map(({ id }) => unitName(id)).join(' ')}`,
    '[Install]',
    'WantedBy=multi-user.target',
  )
  return [
    ...units,
    { path: 'systemd/salvus.target', text: target },
    ...(hasProjects
      ? [{ path: 'systemd/salvus-python.service', text: pythonUnit(deployment, host) }]
      : []),
  ]
}

/** As it is called on the host. */
export function unitName(id: string): string {
  return `salvus-${id}.service`
}

function unit(deployment: Deployment, host: Host, spec: ServiceSpec): string {
  const after = ['network-online.target', ...spec.after.map(unitName)].join(' ')
  const [program = '', ...args] = spec.command
  return lines(
    banner('#'),
    '[Unit]',
    `Description=Salvus ${spec.id} (${deployment.name}, ${host.name})`,
    `After=${after}`,
    'Wants=network-online.target',
    'PartOf=salvus.target',
    `StartLimitBurst=${STARTS_MAX}`,
    `StartLimitIntervalSec=${STARTS_WITHIN_S}`,
    '[Service]',
    spec.notifies ? 'Type=notify' : 'Type=exec',
    ...(spec.notifies ? ['NotifyAccess=all', `WatchdogSec=${WATCHDOG_S}`] : []),
    `ExecStartPre=${salvus(deployment)} prepare ${spec.id} --configured ${host.configuration}`,
    `ExecStart=${[absoluteProgram(program), ...args].map(quoted).join(' ')}`,
    spec.reloadSignal === undefined
      ? undefined
      : `ExecReload=/bin/kill -${spec.reloadSignal} $MAINPID`,
    ...Object.entries(spec.environment).map(([name, value]) => `Environment=${name}=${value}`),
    'Restart=always',
    'RestartSec=1s',
    `TimeoutStopSec=${spec.graceS}`,
    `MemoryMax=${spec.memoryMB}M`,
    // A project server leaves projects running when it is restarted, and finds them again.
    spec.kind === 'project-server' ? 'KillMode=process' : 'KillMode=mixed',
    'LimitNOFILE=100000',
    ...(spec.kind === 'project-server' ? [] : ['NoNewPrivileges=yes', 'ProtectHome=read-only']),
    '[Install]',
    'WantedBy=salvus.target',
  )
}

function pythonUnit(deployment: Deployment, host: Host): string {
  return lines(
    banner('#'),
    '[Unit]',
    'Description=Salvus, the Python of worksheets',
    'After=network-online.target',
    '[Service]',
    'Type=oneshot',
    `ExecStart=${salvus(deployment)} prepare python --configured ${host.configuration}`,
    '[Install]',
    'WantedBy=salvus.target',
  )
}

function salvus({ programDir }: Deployment): string {
  return `/usr/bin/env node ${join(programDir, 'bin/salvus.mjs')}`
}

/** systemd looks for programs in fixed folders only; `env` takes its PATH. */
function absoluteProgram(program: string): string {
  return program.startsWith('/') ? program : `/usr/bin/env ${program}`
}

/** `%` and `$` mean something to systemd; our words have no quotes and, but for `env NAME`, no spaces. */
function quoted(word: string): string {
  return word.replaceAll('%', '%%').replaceAll('$', '$$$$')
}

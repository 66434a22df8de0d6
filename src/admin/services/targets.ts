import { networkInterfaces } from 'node:os'
import { join, resolve } from 'node:path'

import { chooseHosts } from '../configure/configure.ts'
import { readManifest } from '../configure/manifest.ts'
import type { Manifest } from '../configure/manifest.ts'
import { Failure } from '../failure.ts'
import type { Host } from '../inventory/deployment.ts'
import { readDeployment } from '../inventory/read-inventory.ts'

/** A host that a command is for: this machine by its folder of generated files, or another by ssh. */
export type Target =
  | { readonly kind: 'local'; readonly folder: string; readonly manifest: Manifest }
  | {
      readonly kind: 'ssh'
      readonly name: string
      readonly to: string
      readonly folder: string
      /** The command `salvus` there. */
      readonly salvus: string
    }

export interface TargetOptions {
  readonly conf?: string | undefined
  readonly environment?: string | undefined
  readonly configured?: string | undefined
  readonly on: readonly string[]
}

/**
 * The hosts that are meant: those named with `--on`, all for `all`; else those of this machine.
 * @throws Failure where there are none
 */
export function chooseTargets(options: TargetOptions): readonly Target[] {
  const { conf, configured, on } = options
  if (configured !== undefined) return [localTarget(resolve(configured))]
  if (conf === undefined) {
    throw new Failure(
      'It is not said which installation is meant.',
      'Name it: --conf DIR, or the folder of this host: --configured DIR',
    )
  }
  const deployment = readDeployment({ folder: conf, environment: options.environment })
  const all = on.includes('all')
  const hosts = chooseHosts(deployment, all ? [] : on)
  const chosen = on.length === 0 ? hosts.filter(isHere) : hosts
  if (chosen.length === 0) {
    throw new Failure(
      'No host of this installation has an address of this machine.',
      'Name one with --on HOST, or all with --on all.',
    )
  }
  return chosen.map((host) =>
    isHere(host) ? localTarget(host.configuration) : remoteTarget(host, deployment.programDir),
  )
}

function localTarget(folder: string): Target {
  return { kind: 'local', folder, manifest: readManifest(folder) }
}

function remoteTarget(host: Host, programDir: string): Target {
  const { name, ssh, configuration: folder } = host
  if (ssh !== undefined) {
    return { kind: 'ssh', name, to: ssh, folder, salvus: join(programDir, 'bin/salvus.mjs') }
  }
  throw new Failure(
    `${name} (${host.address}) is not this machine, and the inventory does not say how to get there.`,
    `Write ssh = "USER@HOST" into [hosts.${name}].`,
  )
}

/** Whether a host is this machine. */
export function isHere({ address }: Host): boolean {
  if (address.startsWith('127.')) return true
  const own = Object.values(networkInterfaces()).flatMap((all) => all ?? [])
  return own.some((one) => one.address === address)
}

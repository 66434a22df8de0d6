import { mkdirSync } from 'node:fs'
import { join } from 'node:path'

import { Scope } from '../../util/scope.ts'
import { readManifest } from '../configure/manifest.ts'
import type { Manifest } from '../configure/manifest.ts'
import { Failure } from '../failure.ts'
import { preparePython } from '../python/prepare.ts'
import { PythonStateFile } from '../python/state.ts'
import { chooseDataDirectory } from '../start/data-directory.ts'
import { stopSignal } from '../start/stop-signal.ts'
import { askSupervisor, listenForAsks } from './control.ts'
import { HostSupervisor } from './host-supervisor.ts'

const ASK_MS = 5_000

/**
 * The supervisor of a host, in the foreground: starts its services in order, restarts what crashes, and stops
 * everything at Ctrl-C, SIGTERM, or when it is asked to.
 */
export async function runHost(folder: string): Promise<number> {
  const manifest = readManifest(folder)
  const { data, host } = manifest
  const running = await askSupervisor(data, { ask: 'status' }, ASK_MS)
  if (running !== undefined) {
    throw new Failure(`The services of ${host} run already.`, 'Stop them with `salvus stop`.')
  }
  mkdirSync(join(data, 'logs'), { recursive: true, mode: 0o711 })
  await using scope = new Scope()
  const stop = stopSignal(scope)
  const supervisor = new HostSupervisor({
    manifest,
    configured: folder,
    onEnd: () => stop.abort(),
  })
  const control = await listenForAsks(data, (ask) => supervisor.handle(ask))
  scope.defer(() => void control.close())
  scope.defer(() => supervisor.stopAll())
  const names = manifest.services.map(({ id }) => id).join(', ')
  process.stdout.write(`Starting ${names} of ${host}; logs are in ${data}/logs\n`)
  const started = supervisor.startAll()
  scope.defer(() => started)
  const python = prepareWorksheets(manifest, stop.signal)
  scope.defer(() => python)
  await new Promise<void>((resolve) => {
    if (stop.signal.aborted) resolve()
    stop.signal.addEventListener('abort', () => resolve(), { once: true })
  })
  process.stdout.write(`Stopping the services of ${host} ...\n`)
  return 0
}

/** Behind the running services; a host without projects needs none. */
export async function prepareWorksheets(manifest: Manifest, signal: AbortSignal): Promise<void> {
  if (!manifest.services.some(({ kind }) => kind === 'project-server')) return
  const { sharedDir } = chooseDataDirectory(manifest.data)
  mkdirSync(join(sharedDir, 'python'), { recursive: true, mode: 0o755 })
  await preparePython({
    sharedDir,
    python: undefined,
    prepared: process.env['SALVUS_WORKSHEET_PYTHON'],
    state: new PythonStateFile(sharedDir),
    signal,
    report: (line) => process.stdout.write(`${line}\n`),
  })
}

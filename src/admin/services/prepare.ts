import { mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

import { writeFileAtomically } from '../atomic-file.ts'
import { PythonStateFile } from '../python/state.ts'
import { chooseDataDirectory, prepareDataDirectory } from '../start/data-directory.ts'
import { prepareRuntime } from '../start/runtime.ts'
import type { Manifest, ServiceSpec } from '../configure/manifest.ts'

/** Makes what a service needs on its host before it is started: folders, and for a project server its programs. */
export async function prepareService(
  manifest: Manifest,
  spec: ServiceSpec,
  configured: string,
): Promise<void> {
  if (spec.kind === 'hub' || spec.kind === 'project-server') {
    prepareDataDirectory(chooseDataDirectory(manifest.data))
  }
  for (const folder of spec.folders) mkdirSync(folder, { recursive: true, mode: 0o755 })
  if (spec.kind === 'project-server') await prepareProjectServer(manifest, spec, configured)
}

/** Where the programs of projects lie depends on the host: they are copied where the users of projects can read them. */
async function prepareProjectServer(
  manifest: Manifest,
  spec: ServiceSpec,
  configured: string,
): Promise<void> {
  const { sharedDir } = chooseDataDirectory(manifest.data)
  const runtime = await prepareRuntime(sharedDir)
  const file = join(configured, 'project-server', 'settings.json')
  // Written by `salvus configure`.
  const settings = JSON.parse(readFileSync(file, 'utf8')) as Readonly<Record<string, unknown>>
  const all = {
    ...settings,
    dataDir: sharedDir,
    runtimeDir: runtime.dir,
    node: runtime.node,
    pythonStateFile: new PythonStateFile(sharedDir).path,
  }
  const target = join(manifest.data, spec.id, 'settings.json')
  writeFileAtomically(target, `${JSON.stringify(all, undefined, 2)}\n`, 0o600)
}

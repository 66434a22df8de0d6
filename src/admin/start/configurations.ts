import { existsSync } from 'node:fs'
import { join } from 'node:path'

import { writeFileAtomically } from '../atomic-file.ts'
import { DIST_DIR } from '../options.ts'
import type { PythonStateFile } from '../python/state.ts'
import type { Ports } from './ports.ts'
import type { Runtime } from './runtime.ts'
import { ensureSecret } from './secrets.ts'
import type { Settings } from './settings.ts'
import type { StartOptions } from './start-options.ts'

/** The one compute host of this kind of deployment. */
const HOST_NAME = 'local'

/** The configuration files that the processes are started with, by process. */
export interface ConfigurationFiles {
  readonly hub: string
  readonly projectServer: string
}

/**
 * Writes what each process is told into `run/` of the data directory, at every start: it follows
 * from the arguments, from `config/salvus.json`, and from what was found free. Secrets go by the
 * paths of their files.
 */
export function writeConfigurations(from: {
  readonly options: StartOptions
  readonly ports: Ports
  readonly settings: Settings
  readonly runtime: Runtime
  readonly pythonState: PythonStateFile
}): ConfigurationFiles {
  const { options, ports, runtime } = from
  const { documentDurability, ...settings } = from.settings
  const { dataDir, sharedDir } = options
  const address = `unix:${join(sharedDir, 'run', 'project-server.sock')}`
  const secretFile = ensureSecret(dataDir, 'project-server')
  // The URL holds a password, so the owner writes it into a file among the secrets.
  const smtpUrlFile = join(dataDir, 'secrets', 'smtp-url')
  const hub = {
    dataDir,
    secretsDir: join(dataDir, 'secrets'),
    clientDir: join(DIST_DIR, 'client'),
    host: options.host,
    ...ports,
    basePath: options.basePath,
    ...settings,
    ...(existsSync(smtpUrlFile) ? { smtpUrlFile } : {}),
    projectServers: [{ host: HOST_NAME, address, secretFile }],
  }
  const projectServer = {
    dataDir: sharedDir,
    host: HOST_NAME,
    address,
    secretFile,
    runtimeDir: runtime.dir,
    node: runtime.node,
    pythonStateFile: from.pythonState.path,
    ...(documentDurability === undefined ? {} : { documentDurability }),
    stopProjectsOnExit: true,
  }
  return {
    hub: write(sharedDir, 'hub', hub),
    projectServer: write(sharedDir, 'project-server', projectServer),
  }
}

function write(sharedDir: string, name: string, content: object): string {
  const file = join(sharedDir, 'run', `${name}.json`)
  writeFileAtomically(file, `${JSON.stringify(content, undefined, 2)}\n`, 0o600)
  return file
}

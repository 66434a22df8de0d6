import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { generateFiles } from '../../src/admin/configure/generate.ts'
import type { Deployment, Host } from '../../src/admin/inventory/deployment.ts'
import { readDeployment } from '../../src/admin/inventory/read-inventory.ts'
import { makeSecrets, readSecrets } from '../../src/admin/inventory/secrets.ts'
import { temporaryDirectory } from './temporary-directory.ts'

/** An inventory of one host in one datacenter; `more` is TOML that follows, `services` those of the host. */
export function oneHost(services: readonly string[], more = ''): string {
  return `
name = "one"
[site]
publicUrl = "https://salvus.example.com/s/"
contentUrl = "https://content.example.net/"
[tls]
certificateFile = "/etc/tls/site.pem"
[paths]
program = "/opt/salvus"
data = "/srv/salvus"
configuration = "/etc/salvus"
[datacenters.dc1]
[hosts.web]
datacenter = "dc1"
address = "10.1.0.11"
services = ${JSON.stringify(services)}
${more}`
}

/** A folder with this inventory, removed after the test. */
export async function inventoryFolder(
  inventory: string,
  files: Readonly<Record<string, string>> = {},
): Promise<string> {
  const folder = await temporaryDirectory()
  writeFileSync(join(folder, 'inventory.toml'), inventory)
  mkdirSync(join(folder, 'environments'))
  for (const [name, text] of Object.entries(files)) {
    writeFileSync(join(folder, name), text)
    chmodSync(join(folder, name), 0o600)
  }
  return folder
}

/** What is generated for a host, by path. */
export interface Generated {
  readonly deployment: Deployment
  readonly host: Host
  readonly files: Readonly<Record<string, string>>
}

/** Generates the files of one host, with secrets made for it or given. */
export async function generate(
  inventory: string,
  from: { readonly host?: string; readonly secrets?: string } = {},
): Promise<Generated> {
  const given = from.secrets === undefined ? {} : { 'secrets.toml': from.secrets }
  const folder = await inventoryFolder(inventory, given)
  const deployment = readDeployment({ folder })
  makeSecrets(deployment)
  const host = deployment.hosts.find(({ name }) => name === (from.host ?? 'web'))
  if (host === undefined) throw new Error('no such host')
  const files = generateFiles(deployment, host, readSecrets(deployment))
  return {
    deployment,
    host,
    files: Object.fromEntries(files.map(({ path, text }) => [path, text])),
  }
}

import { existsSync, readdirSync } from 'node:fs'
import { join, resolve } from 'node:path'

import { Failure } from '../failure.ts'
import { contradictions } from './check.ts'
import { resolveDeployment } from './deployment.ts'
import type { Deployment } from './deployment.ts'
import { overlay, valueAt } from './overlay.ts'
import { inventorySchema } from './schema.ts'
import { readToml } from './toml-file.ts'

/** Of many faults the first ones are told: mending one often mends others. */
const FAULTS_SHOWN = 5

interface Fault {
  readonly path: readonly PropertyKey[]
  readonly why: string
}

/**
 * Reads an installation from its folder below conf/, with an environment laid over it.
 * @throws Failure naming file, key and value of what is wrong
 */
export function readDeployment(from: {
  readonly folder: string
  readonly environment?: string | undefined
}): Deployment {
  const folder = resolve(from.folder)
  const file = join(folder, 'inventory.toml')
  const base = readToml(file)
  const over = readOverlay(folder, from.environment)
  const merged = overlay(base, over.table)
  const fail = (faults: readonly Fault[]): never => {
    const lines = faults.slice(0, FAULTS_SHOWN).map(({ path, why }) => {
      const where = valueAt(over.table, path) === undefined ? file : over.file
      return `${where}: ${describe(merged, path)}${why}`
    })
    const rest = faults.length - lines.length
    if (rest > 0) lines.push(`... and ${rest} more`)
    throw new Failure(lines.join('\n'), 'Mend it; docs/operations/deploying.md explains each key.')
  }
  const parsed = inventorySchema.safeParse(merged)
  if (!parsed.success) {
    return fail(
      parsed.error.issues.flatMap((issue) =>
        issue.code === 'unrecognized_keys'
          ? issue.keys.map((key) => ({ path: [...issue.path, key], why: 'there is no such key' }))
          : [{ path: issue.path, why: missing(merged, issue.path) ?? issue.message }],
      ),
    )
  }
  const deployment = resolveDeployment(parsed.data, { folder, environment: from.environment })
  const found = contradictions(deployment)
  return found.length > 0 ? fail(found) : deployment
}

function readOverlay(folder: string, environment: string | undefined) {
  if (environment === undefined) return { file: '', table: {} }
  const environments = join(folder, 'environments')
  const file = join(environments, `${environment}.toml`)
  if (/^[a-z0-9_-]+$/.test(environment) && existsSync(file)) return { file, table: readToml(file) }
  const known = existsSync(environments)
    ? readdirSync(environments).flatMap((name) =>
        name.endsWith('.toml') ? [name.slice(0, -5)] : [],
      )
    : []
  throw new Failure(
    `There is no environment "${environment}" in ${environments}.`,
    known.length === 0 ? `Write ${file}.` : `Take one of these: ${known.join(', ')}`,
  )
}

function missing(merged: Readonly<Record<string, unknown>>, path: readonly PropertyKey[]) {
  return valueAt(merged, path) === undefined ? 'is missing' : undefined
}

/** `hosts.web1.address = "10.1.0" `, with the value where it is short enough to help. */
function describe(merged: Readonly<Record<string, unknown>>, path: readonly PropertyKey[]): string {
  if (path.length === 0) return ''
  const value = valueAt(merged, path)
  const isPlain = ['string', 'number', 'boolean'].includes(typeof value)
  return `${path.map(String).join('.')}${isPlain ? ` = ${JSON.stringify(value)}` : ''}: `
}

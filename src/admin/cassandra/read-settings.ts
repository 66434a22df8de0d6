import { readFileSync } from 'node:fs'

import { z } from 'zod'

import { cassandraSettings } from '../../database/cassandra/settings.ts'
import type { CassandraSettings } from '../../database/cassandra/settings.ts'
import { codeOf } from '../../util/coded-error.ts'
import { Failure } from '../failure.ts'

/** A hub's configuration, of which only this counts here. */
const inHub = z.looseObject({ database: z.strictObject({ cassandra: z.unknown() }) })

/**
 * The cluster that a file describes: the configuration of a hub, or its part about Cassandra alone.
 * @throws Failure naming the key that is wrong
 */
export function readCassandraSettings(file: string): CassandraSettings {
  const value = readJson(file)
  const hub = inHub.safeParse(value)
  const result = cassandraSettings.safeParse(hub.success ? hub.data.database.cassandra : value)
  if (result.success) return result.data
  const [issue] = result.error.issues
  const path = issue === undefined || issue.path.length === 0 ? '' : ` ${issue.path.join('.')}:`
  throw new Failure(
    `${file}:${path} ${issue?.message ?? 'is not valid'}`,
    'It is the configuration of a hub on Cassandra; see docs/operations/database.md.',
  )
}

function readJson(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'))
  } catch (error) {
    const reason = error instanceof SyntaxError ? 'is not JSON' : `can't be read: ${codeOf(error)}`
    throw new Failure(`${file} ${reason}.`, 'Name the configuration of a hub with --config FILE.', {
      cause: error,
    })
  }
}

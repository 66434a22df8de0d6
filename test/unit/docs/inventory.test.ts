import { readFileSync } from 'node:fs'

import { expect, test } from 'vitest'
import { z } from 'zod'

import { SERVICE_KINDS } from '../../../src/admin/inventory/kinds.ts'
import { inventorySchema } from '../../../src/admin/inventory/schema.ts'

interface Schema {
  readonly properties?: Readonly<Record<string, Schema>>
  readonly additionalProperties?: Schema | boolean
}

/** The names of all keys, at any depth. */
function keysOf(schema: Schema): readonly string[] {
  const own = Object.entries(schema.properties ?? {}).flatMap(([name, below]) => [
    name,
    ...keysOf(below),
  ])
  const { additionalProperties: each } = schema
  return typeof each === 'object' ? [...own, ...keysOf(each)] : own
}

test('every key of an inventory is explained, and every kind of service listed', () => {
  const page = (name: string): string => readFileSync(`docs/operations/${name}.md`, 'utf8')
  const explained = page('deploying') + page('dns')
  const schema = z.toJSONSchema(inventorySchema, { io: 'input', unrepresentable: 'any' }) as Schema
  const { ports: _ports, memoryMB: _memory, ...properties } = schema.properties ?? {}
  const keys = keysOf({ properties }).filter((key) => !isOfKind(key))
  expect(keys.length).toBeGreaterThan(30)
  expect(keys.filter((key) => !new RegExp(`\\b${key}\\b`).test(explained))).toEqual([])
  const services = page('services')
  expect(SERVICE_KINDS.filter((kind) => !services.includes(`\`${kind}\``))).toEqual([])
})

/** Below `ports` and `memoryMB`: kinds of services, and their ports. */
function isOfKind(key: string): boolean {
  const kinds: readonly string[] = SERVICE_KINDS
  return (
    kinds.includes(key) ||
    /^(https?|fromStunnel|stats|files|pages|content|metrics|control|client|cluster|gateway|monitor|cql|storage|dns|web)$/.test(
      key,
    )
  )
}

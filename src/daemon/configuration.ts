import { readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { z } from 'zod'

import { CodedError, codeOf } from '../util/coded-error.ts'

/** One thing that a deployment can set. */
export interface Setting<S extends z.ZodType = z.ZodType> {
  /** Its optional() or default() says what holds where nothing is set. */
  readonly schema: S
  /** Of a number: ms, bytes, ... */
  readonly unit?: string
  readonly description: string
}

/**
 * All settings of a process, by name in camelCase. From this one table come the validation of the file, the
 * override `SALVUS_DATA_DIR` and the option `--data-dir` of a setting `dataDir`, `--help` and the reference page.
 * Secrets are never settings: a setting names the file that holds one.
 */
export type Settings = Readonly<Record<string, Setting>>

export type Configuration<T extends Settings> = { readonly [K in keyof T]: z.infer<T[K]['schema']> }

export function defineSetting<S extends z.ZodType>(
  schema: S,
  description: string,
  unit?: string,
): Setting<S> {
  return unit === undefined ? { schema, description } : { schema, description, unit }
}

export interface ConfigurationSources {
  /** JSON; a key that the table does not have is refused. */
  readonly file?: string | undefined
  readonly environment?: Readonly<Record<string, string | undefined>>
  /** Strongest: from the command line, by setting. */
  readonly options?: Readonly<Record<string, string | undefined>>
}

/**
 * What holds for this process: the command line before the environment before the file before the defaults.
 * @throws CodedError `bad_configuration`, naming the setting, where its value came from, and what was wrong
 */
export function readConfiguration<T extends Settings>(
  table: T,
  sources: ConfigurationSources,
): Configuration<T> {
  const fromFile = sources.file === undefined ? {} : readFile(sources.file)
  for (const name of Object.keys(fromFile)) {
    if (!Object.hasOwn(table, name)) {
      throw bad(`${sources.file}: there is no setting "${name}"`)
    }
  }
  const entries = Object.entries(table).map(([name, setting]) => {
    const option = sources.options?.[name]
    if (option !== undefined) return [name, parse(setting, option, `--${kebab(name)}`)]
    const override = sources.environment?.[environmentName(name)]
    if (override !== undefined) return [name, parse(setting, override, environmentName(name))]
    const where = Object.hasOwn(fromFile, name) ? `${sources.file}: ${name}` : name
    return [name, parseValue(setting, fromFile[name], where)]
  })
  // Each value was parsed by the schema of its own name.
  return Object.fromEntries(entries) as Configuration<T>
}

export type CommandLine<T extends Settings> =
  | { readonly kind: 'configured'; readonly configuration: Configuration<T> }
  | { readonly kind: 'help'; readonly text: string }

/**
 * Reads `--config FILE`, `--help` and an option for each setting. The only reader of the environment: a `main.ts`
 * passes `process.argv.slice(2)` and `process.env`.
 * @throws CodedError `bad_configuration`
 */
export function readCommandLine<T extends Settings>(
  program: string,
  table: T,
  from: { argv: readonly string[]; environment: Readonly<Record<string, string | undefined>> },
): CommandLine<T> {
  const known = Object.keys(table).map((name) => [kebab(name), { type: 'string' as const }])
  const options = { config: { type: 'string' as const }, ...Object.fromEntries(known) }
  let values: Record<string, unknown>
  try {
    ;({ values } = parseArgs({
      args: [...from.argv],
      options: { ...options, help: { type: 'boolean' as const } },
    }))
  } catch (error) {
    throw bad(error instanceof Error ? error.message : String(error))
  }
  if (values['help'] === true) return { kind: 'help', text: describeSettings(program, table) }
  const given = Object.keys(table).flatMap((name) => {
    const value = values[kebab(name)]
    return typeof value === 'string' ? [[name, value] as const] : []
  })
  const file = values['config']
  const configuration = readConfiguration(table, {
    file: typeof file === 'string' ? file : undefined,
    environment: from.environment,
    options: Object.fromEntries(given),
  })
  return { kind: 'configured', configuration }
}

/** The table in words: what `--help` prints and the reference page shows. */
export function describeSettings(program: string, table: Settings): string {
  const rows = Object.entries(table).map(([name, setting]) => {
    const fallback = setting.schema.safeParse(undefined)
    const value = fallback.success ? JSON.stringify(fallback.data) : undefined
    const holds = !fallback.success
      ? 'required'
      : value === undefined
        ? 'optional'
        : `default ${value}`
    const unit = setting.unit === undefined ? '' : `, in ${setting.unit}`
    return `  ${name}  (--${kebab(name)}, ${environmentName(name)}; ${holds}${unit})\n      ${setting.description}\n`
  })
  return `${program} [--config FILE] [--help] [--SETTING VALUE ...]\n\n${rows.join('')}`
}

/** `dataDir` -> `SALVUS_DATA_DIR`. */
export function environmentName(name: string): string {
  return `SALVUS_${kebab(name).replaceAll('-', '_').toUpperCase()}`
}

function kebab(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)
}

function readFile(file: string): Record<string, unknown> {
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (error) {
    throw bad(`${file} can't be read: ${codeOf(error) ?? String(error)}`)
  }
  try {
    return z.record(z.string(), z.unknown()).parse(JSON.parse(text))
  } catch (error) {
    throw bad(`${file} is not a JSON object`, error)
  }
}

/** Text from outside a file: taken as it is where the schema takes text, else read as JSON (8080, true, ["a"]). */
function parse(setting: Setting, text: string, where: string): unknown {
  const asText = setting.schema.safeParse(text)
  if (asText.success) return asText.data
  return parseValue(setting, jsonOrText(text), where)
}

function jsonOrText(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    if (error instanceof SyntaxError) return text
    throw error
  }
}

function parseValue(setting: Setting, value: unknown, where: string): unknown {
  const result = setting.schema.safeParse(value)
  if (result.success) return result.data
  const issue = result.error.issues[0]
  const path = issue === undefined || issue.path.length === 0 ? '' : `.${issue.path.join('.')}`
  throw bad(`${where}${path}: ${issue?.message ?? 'is not valid'}`)
}

function bad(message: string, cause?: unknown): CodedError<'bad_configuration'> {
  return new CodedError('bad_configuration', message, { cause })
}

export interface Table {
  readonly columns: readonly string[]
  /** Columns of the partition key. */
  readonly partition: readonly string[]
}

export interface Statement {
  /** In one line. */
  readonly text: string
  readonly verb: string
  readonly table: string
  /** Columns that have to equal a value. */
  readonly restricted: readonly string[]
  /** All that are named. */
  readonly columns: readonly string[]
  /** Whether it is a lightweight transaction. */
  readonly conditional: boolean
}

/** Tables by name, as `CREATE TABLE` statements make them. */
export function readTables(statements: readonly string[]): Map<string, Table> {
  return new Map(
    statements.map((statement) => {
      const [, name = '', body = ''] =
        /CREATE TABLE IF NOT EXISTS (\w+) \(([\s\S]*?)\)(?:\s+WITH|\s*$)/.exec(statement) ?? []
      const key = /PRIMARY KEY \((\([^)]*\)|\w+)/.exec(body)?.[1]
      const alone = /(\w+) \w+ PRIMARY KEY/.exec(body)?.[1]
      const columns = [...body.matchAll(/(\w+) (?:text|bigint|int|boolean|blob)\b/g)]
      return [
        name,
        {
          columns: columns.map(([, column = '']) => column),
          partition: words(alone ?? key ?? ''),
        },
      ]
    }),
  )
}

/** What stands behind each tag in a source. */
export function readStatements(source: string): Statement[] {
  return [...source.matchAll(/cql`([^`]*)`/g)].map(([, found = '']) => {
    const text = found.replaceAll(/\s+/g, ' ').trim()
    const [verb = ''] = text.split(' ')
    const table = /(?:FROM|INTO|UPDATE) ([\w.]+)/.exec(text)?.[1] ?? ''
    const where = / WHERE (.*)/.exec(text)?.[1] ?? ''
    return {
      text,
      verb,
      table,
      restricted: [...where.matchAll(/(\w+) = /g)].map(([, column = '']) => column),
      columns: namedColumns(text),
      conditional: / IF /.test(text),
    }
  })
}

function namedColumns(text: string): string[] {
  const selected = /^SELECT (.*?) FROM /.exec(text)?.[1] ?? ''
  const inserted = /^INSERT INTO [\w.]+ \((.*?)\)/.exec(text)?.[1] ?? ''
  const compared = [...text.matchAll(/(\w+) (?:=|>=|<=|<|>) /g)].map(([, column = '']) => column)
  const plain = selected
    .replaceAll(/writetime\((\w+)\) AS \w+/g, '$1')
    .replaceAll(/count\(\*\) AS \w+/g, '')
  return [...words(plain), ...words(inserted), ...compared].filter((name) => name !== 'AS')
}

function words(list: string): string[] {
  return list.match(/\w+/g) ?? []
}

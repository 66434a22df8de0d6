import type { CqlConnection } from '../../src/database/cassandra/cql.ts'

/** The same connection, but of each lightweight transaction the first answer is lost: it is applied, and tried again. */
export function losingAnswers(connection: CqlConnection): CqlConnection {
  return {
    ...delegating(connection),
    decide: async (statements) => {
      await connection.decide(statements)
      return connection.decide(statements)
    },
  }
}

/** The same connection, whose hub dies between a lightweight transaction and the batch that follows it. */
export function dyingBeforeBatches(connection: CqlConnection): CqlConnection {
  return {
    ...delegating(connection),
    batch: () => Promise.reject(new Error('the hub was killed')),
  }
}

function delegating(connection: CqlConnection): CqlConnection {
  return {
    all: (...args) => connection.all(...args),
    first: (...args) => connection.first(...args),
    run: (...args) => connection.run(...args),
    batch: (...args) => connection.batch(...args),
    decide: (...args) => connection.decide(...args),
    decided: (...args) => connection.decided(...args),
    define: (...args) => connection.define(...args),
    [Symbol.asyncDispose]: () => connection[Symbol.asyncDispose](),
  }
}

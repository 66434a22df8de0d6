import Database from 'libsql'

/** Holds the only right to write a SQLite database, as a backup program does that hangs. */
export function lockDatabase(file: string): Disposable {
  const database = new Database(file)
  database.exec('BEGIN EXCLUSIVE')
  return {
    [Symbol.dispose]() {
      database.exec('ROLLBACK')
      database.close()
    },
  }
}

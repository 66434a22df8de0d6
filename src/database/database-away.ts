import { CodedError } from '../util/coded-error.ts'

/** The database can't be asked now. The hub answers `database_away`, and `/alive` with 503 and the message. */
export class DatabaseAway extends CodedError<'database_away'> {
  constructor(message: string, options?: ErrorOptions) {
    super('database_away', message, options)
    this.name = 'DatabaseAway'
  }
}

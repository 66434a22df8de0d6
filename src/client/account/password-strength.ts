import { PASSWORD_CHARACTERS_MIN } from '../../messages/limits.ts'

export interface PasswordHint {
  readonly text: string
  readonly tone: 'weak' | 'fair' | 'good'
}

/** From this length on a passphrase needs no kinds of characters. */
const PASSPHRASE_CHARACTERS = 16

/** A hint while typing; whether a password is taken is the hub's to say. */
export function passwordHint(password: string): PasswordHint {
  const { length } = password
  if (length === 0) return { text: `At least ${PASSWORD_CHARACTERS_MIN} characters.`, tone: 'fair' }
  if (length < PASSWORD_CHARACTERS_MIN)
    return { text: `At least ${PASSWORD_CHARACTERS_MIN} characters.`, tone: 'weak' }
  const distinct = new Set(password).size
  if (distinct < 5) return { text: 'Weak: few different characters.', tone: 'weak' }
  if (length >= PASSPHRASE_CHARACTERS) return { text: 'Strong.', tone: 'good' }
  const kinds = [/[a-z]/, /[A-Z]/, /\d/, /[^\w]/].filter((kind) => kind.test(password)).length
  if (kinds >= 3 && length >= 11) return { text: 'Strong.', tone: 'good' }
  return { text: 'Fair: longer is stronger, a few words work well.', tone: 'fair' }
}

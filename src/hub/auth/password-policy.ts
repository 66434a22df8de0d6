import { PASSWORD_CHARACTERS_MIN } from '../../messages/limits.ts'
import { refusal } from '../refuse.ts'
import { COMMON_PASSWORDS } from './common-passwords.ts'

/** Parts of the name or address that are shorter match by chance. */
const OWN_WORD_CHARACTERS_MIN = 5

/**
 * Length, and not one of those that are tried first; no rules of composition (ASVS 6.2.5).
 * @throws CodedError `weak_password`
 */
export function checkPassword(password: string, person: { name: string; email: string }): void {
  const characters = Array.from(password).length
  if (characters < PASSWORD_CHARACTERS_MIN) {
    throw refusal('weak_password', `A password has at least ${PASSWORD_CHARACTERS_MIN} characters.`)
  }
  const lower = password.toLowerCase()
  if (COMMON_PASSWORDS.has(lower) || new Set(lower).size < 4 || isSequence(lower)) {
    throw refusal(
      'weak_password',
      'This password is among the first that are tried. Choose another.',
    )
  }
  if (
    ownWords(person).some((word) => lower.replaceAll(/[^\p{L}]/gu, '') === word || lower === word)
  ) {
    throw refusal('weak_password', 'A password is not your name or address. Choose another.')
  }
}

function ownWords({ name, email }: { name: string; email: string }): string[] {
  const lower = [name, email].map((value) => value.toLowerCase())
  return [...lower, ...lower.flatMap((value) => value.split(/[\s@._-]+/))].filter(
    (word) => word.length >= OWN_WORD_CHARACTERS_MIN,
  )
}

/** Each character is the next of the one before, or the one before it. */
function isSequence(text: string): boolean {
  const codes = Array.from(text, (character) => character.codePointAt(0) ?? 0)
  const steps = new Set(codes.slice(1).map((code, index) => code - (codes[index] ?? 0)))
  return steps.size === 1 && (steps.has(1) || steps.has(-1))
}

import { hash, verify } from '@node-rs/argon2'

/** OWASP ASVS 5.0, appendix C: argon2id with t=2, m=19 MiB, p=1. */
const PARAMETERS = { algorithm: 2, timeCost: 2, memoryCost: 19_456, parallelism: 1 } as const
const ENCODED_PREFIX = '$argon2id$v=19$m=19456,t=2,p=1$'

/** At once: each takes 19 MiB and a core; the rest waits, so that a flood of sign-ins can't take the memory. */
const AT_ONCE = 4

let running = 0
const waiting: (() => void)[] = []

export function hashPassword(password: string): Promise<string> {
  return inTurn(() => hash(password, PARAMETERS))
}

export function verifyPassword(encoded: string, password: string): Promise<boolean> {
  return inTurn(() => verify(encoded, password))
}

/** Whether it was made with other parameters than those of today: hash again at the next sign-in. */
export function needsRehash(encoded: string): boolean {
  return !encoded.startsWith(ENCODED_PREFIX)
}

let dummy: Promise<string> | undefined

/** Takes the time of a check, where there is no account: the answer's time tells nothing. */
export async function pretendToVerify(password: string): Promise<void> {
  dummy ??= hashPassword('nobody has this password')
  await verifyPassword(await dummy, password)
}

async function inTurn<T>(work: () => Promise<T>): Promise<T> {
  if (running >= AT_ONCE) await new Promise<void>((resolve) => waiting.push(resolve))
  else running++
  try {
    return await work()
  } finally {
    const next = waiting.shift()
    if (next === undefined) running--
    else next()
  }
}

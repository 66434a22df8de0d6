import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

import { z } from 'zod'

import { documentDurability } from '../../messages/documents.ts'
import { writeFileAtomically } from '../atomic-file.ts'
import { Failure } from '../failure.ts'

/** What the owner of an installation may change: `config/salvus.json` in the data directory. */
const settings = z.strictObject({
  /** Shown in the page and in mails. */
  siteName: z.string().min(1).max(100),
  /** Where what people write in Help goes. */
  helpAddress: z.union([z.literal(''), z.email()]),
  /** The address of the pages as people see it, where a proxy stands before the hub. */
  publicUrl: z.url().optional(),
  /** The address of what users make as people see it: another host name. */
  publicContentUrl: z.url().optional(),
  /** Proxies of the owner's before the hub, each of which adds to X-Forwarded-For. */
  trustedProxies: z.int().min(0).max(10).optional(),
  /** Sender of mails. */
  mailFrom: z.string().max(254).optional(),
  /** When what people type counts as kept: `power` waits for the disk. */
  documentDurability: documentDurability.optional(),
})
export type Settings = z.infer<typeof settings>

const DEFAULTS: Settings = { siteName: 'Salvus', helpAddress: '' }

/** Reads the settings, written with their defaults at the first run. Unknown keys are refused. */
export function readSettings(dataDir: string): Settings {
  const file = join(dataDir, 'config', 'salvus.json')
  if (!existsSync(file)) {
    writeFileAtomically(file, `${JSON.stringify(DEFAULTS, undefined, 2)}\n`, 0o600)
    return DEFAULTS
  }
  const remedy = `Mend ${file}, or remove it to get the defaults back.`
  let content: unknown
  try {
    content = JSON.parse(readFileSync(file, 'utf8'))
  } catch (error) {
    throw new Failure(`${file} is no JSON: ${String(error)}`, remedy, { cause: error })
  }
  const parsed = settings.safeParse(content)
  if (!parsed.success) throw new Failure(`${file}: ${z.prettifyError(parsed.error)}`, remedy)
  return parsed.data
}

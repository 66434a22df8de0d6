import { existsSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'

import { closedFolderOnTheWay } from '../access.ts'
import type { GeneratedFile } from '../configure/file.ts'
import { GENERATED, compareWith } from '../configure/write.ts'
import type { Finding } from './finding.ts'
import { warning, well, wrong } from './finding.ts'

const OTHERS = 0o077
const NAMED = 5

/** Whether the files of a host are as its inventory has them. */
export function checkFiles(
  folder: string,
  files: readonly GeneratedFile[],
  configure: string,
): Finding {
  const changes = compareWith(folder, files)
  if (changes.length === 0) return well(`${files.length} files are as the inventory says`)
  const names = changes.slice(0, NAMED).map(({ path, kind }) => `${path} (${kind})`)
  const more = changes.length > NAMED ? ` and ${changes.length - NAMED} more` : ''
  return wrong(`not as the inventory says: ${names.join(', ')}${more}`, configure)
}

/** Whether somebody else than their owner can read the secrets of a host. */
export function checkSecretModes(folder: string): Finding {
  const list = join(folder, GENERATED)
  const paths = existsSync(list) ? readFileSync(list, 'utf8').split('\n') : []
  const secrets = paths.filter((path) => /(^secrets\/|secrets?\.conf$|password$)/.test(path))
  const open = secrets
    .map((path) => join(folder, path))
    .filter((file) => existsSync(file) && (statSync(file).mode & OTHERS) !== 0)
  if (open.length === 0) return well(`${secrets.length} secrets are readable by their owner alone`)
  return wrong(`others can read ${open.join(', ')}`, `chmod 600 ${open.join(' ')}`)
}

/** Whether nginx's workers, who are another user, can get to the client's files. */
export function checkClientReadable(clientDir: string): Finding {
  if (!existsSync(join(clientDir, 'index.html'))) {
    return wrong(`there are no built pages in ${clientDir}`, 'npm run build')
  }
  const closed = closedFolderOnTheWay(clientDir)
  if (closed === undefined) return well('the built pages are there, and nginx can read them')
  return warning(
    `nginx’s workers can't pass ${closed}: files will come from the hubs`,
    `Put the program elsewhere, such as /opt/salvus, or: chmod o+x ${closed}`,
  )
}

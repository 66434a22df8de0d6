import { existsSync } from 'node:fs'
import { step } from './step.mjs'
import { aptInstall, canInstall, findProgram } from './system-programs.mjs'

/*
 * The programs that an installation puts before and beside its hubs, for the tests of what `salvus configure` writes.
 * Debian starts a server that it installs where systemd runs: there they are not installed, but named.
 */

const PROGRAMS = {
  haproxy: 'haproxy',
  nginx: 'nginx-light libnginx-mod-http-brotli-static',
  stunnel: 'stunnel4',
  pdns_server: 'pdns-server pdns-backend-bind',
  promtool: 'prometheus',
  amtool: 'prometheus-alertmanager',
  openssl: 'openssl',
}

/**
 * @returns {Promise<{ reason: string, remedy: string } | undefined>} undefined where all are there
 */
export async function ensureFrontPrograms() {
  const missing = missingPrograms()
  if (missing.length === 0) return undefined
  const packages = missing.flatMap(([, names]) => names.split(' '))
  const remedy = `apt install ${packages.join(' ')}`
  const reason = `${missing.map(([name]) => name).join(', ')} not installed`
  if (!canInstall() || existsSync('/run/systemd/system')) return { reason, remedy }
  await step(`The programs before the hubs (apt-get install ${packages.join(' ')})`, () =>
    aptInstall(...packages),
  )
  return missingPrograms().length === 0 ? undefined : { reason, remedy }
}

/** @returns {[string, string][]} */
function missingPrograms() {
  return Object.entries(PROGRAMS).filter(([name]) => findProgram([name]) === undefined)
}

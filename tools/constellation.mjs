// `npm run constellation [-- up|down|status] [-- --small]`: the installation of conf/deploy_test on this machine, two
// datacenters and a third that breaks ties, each host a loopback address. Everything of it is in data/deploy_test.
import { existsSync } from 'node:fs'
import { chmod, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { delimiter, dirname, join } from 'node:path'
import { ensureCassandra } from './setup/cassandra.mjs'
import { ensureFrontPrograms } from './setup/front-programs.mjs'
import { ensureNatsServer } from './setup/nats-server.mjs'
import { ensurePackages } from './setup/packages.mjs'
import { DIST_DIR, ROOT } from './setup/paths.mjs'
import { ensurePythonTest } from './setup/python-test.mjs'
import { runCommand } from './setup/run-command.mjs'
import { runSetup } from './setup/run-setup.mjs'
import { SetupFailure } from './setup/setup-failure.mjs'
import { step } from './setup/step.mjs'

const CONF = join(ROOT, 'conf/deploy_test')
const HOME = join(ROOT, 'data/deploy_test')
const PAGES = 'https://salvus.test:4443/'
/** Seven nodes of Cassandra on two cores. */
const STEP_TIMEOUT_MS = 5 * 60_000

const words = process.argv.slice(2)
const small = words.includes('--small')
const action = words.find((word) => !word.startsWith('--')) ?? 'up'

await runSetup('The constellation', async () => {
  if (action === 'up') await up()
  else if (action === 'down') await down()
  else if (action === 'status') await status()
  else
    throw new SetupFailure(`"${action}" is none of up, down, status`, 'npm run constellation -- up')
})

async function up() {
  const path = await prepare()
  await mkdir(HOME, { recursive: true, mode: 0o755 })
  // Projects' users pass it, whatever the umask is.
  await chmod(HOME, 0o755)
  await makeCertificate()
  await step('Files of all services', () => salvus(path, ['configure', '--make-secrets', '--yes']))
  const hosts = await hostsByKind()
  await step(`Cassandra (${hosts.cassandra.length} nodes)`, () =>
    salvus(path, ['start', '--detach', ...on(hosts.cassandra)]),
  )
  const hub = join(HOME, 'dc1-web/configuration/hub/hub-1.json')
  await step('Tables', () => salvus(path, ['schema', 'apply', '--config', hub], { plain: true }))
  const started = await step('Hubs, bus, project servers and the way in', () =>
    salvus(path, ['start', '--detach', ...on(hosts.others)]),
  )
  const account = /https:\S+#set-up=\S+/.exec(started)?.[0]
  process.stdout.write(`
  ${PAGES} in dc1 (127.71.0.11) and dc2 (127.72.0.11), such as
    curl -k --resolve salvus.test:4443:127.71.0.11 ${PAGES}alive
    chromium --ignore-certificate-errors --host-resolver-rules='MAP *.test 127.71.0.11' ${account ?? PAGES}
  It runs on until: npm run constellation -- down
`)
}

async function down() {
  if (existsSync(HOME)) {
    await step('Stopping all', () => salvus(process.env['PATH'] ?? '', ['stop', '--on', 'all']))
    await rm(HOME, { recursive: true, force: true })
  }
  await rm(join(CONF, 'secrets.toml'), { force: true })
}

async function status() {
  process.stdout.write(await salvus(process.env['PATH'] ?? '', ['status'], { anyCode: true }))
}

/** @returns {Promise<string>} a PATH with all programs that the services need */
async function prepare() {
  await ensurePackages()
  const { ensureBuild } = await import('./build/parts.mjs')
  await ensureBuild()
  const front = await ensureFrontPrograms()
  if (front !== undefined) throw new SetupFailure(front.reason, front.remedy)
  const python = await ensurePythonTest()
  const nats = await ensureNatsServer(python.kind === 'ready' ? `${python.bin}/python` : undefined)
  if (nats.kind === 'absent') throw new SetupFailure(nats.reason, nats.remedy)
  const cassandra = await ensureCassandra()
  if (cassandra.kind === 'absent') throw new SetupFailure(cassandra.reason, cassandra.remedy)
  const folders = [dirname(nats.path), dirname(cassandra.java), process.env['PATH'] ?? '']
  return folders.join(delimiter)
}

async function makeCertificate() {
  const file = join(HOME, 'site.pem')
  if (existsSync(file)) return
  const [key, certificate] = [`${file}.key`, `${file}.crt`]
  const names = 'subjectAltName=DNS:salvus.test,DNS:content.salvus.test'
  const { code, output } = await runCommand(
    'openssl',
    [
      ...[
        'req',
        '-x509',
        '-newkey',
        'rsa:2048',
        '-nodes',
        '-days',
        '30',
        '-subj',
        '/CN=salvus.test',
      ],
      ...['-addext', names, '-keyout', key, '-out', certificate],
    ],
    { timeoutMs: STEP_TIMEOUT_MS },
  )
  if (code !== 0)
    throw new SetupFailure(`openssl made no certificate: ${output}`, 'apt install openssl')
  const both = (await readFile(certificate, 'utf8')) + (await readFile(key, 'utf8'))
  await writeFile(file, both, { mode: 0o600 })
}

/** Cassandra's hosts first: what else there is needs its tables. */
async function hostsByKind() {
  const { parse } = await import('smol-toml')
  const read = async (/** @type {string} */ name) => parse(await readFile(join(CONF, name), 'utf8'))
  const inventory = await read('inventory.toml')
  const over = small ? await read('environments/small.toml') : {}
  /** @type {Record<string, { services?: string[] }>} */
  const hosts = /** @type {any} */ (inventory['hosts'])
  /** @type {Record<string, { services?: string[] }>} */
  const changed = /** @type {any} */ (over['hosts'] ?? {})
  const services = Object.keys(hosts).map((name) => ({
    name,
    services: changed[name]?.services ?? hosts[name]?.services ?? [],
  }))
  const named = (/** @type {(all: string[]) => boolean} */ choose) =>
    services.filter((host) => choose(host.services)).map(({ name }) => name)
  return {
    cassandra: named((all) => all.includes('cassandra')),
    others: named((all) => all.length > 0 && !all.includes('cassandra')),
  }
}

/** @param {string[]} hosts */
function on(hosts) {
  return hosts.flatMap((host) => ['--on', host])
}

/**
 * @param {string} path
 * @param {string[]} args
 * @param {{ plain?: boolean, anyCode?: boolean }} options
 */
async function salvus(path, args, { plain = false, anyCode = false } = {}) {
  const conf = ['--conf', CONF, ...(small ? ['--environment', 'small'] : [])]
  const all = [join(DIST_DIR, 'salvus.js'), ...args, ...(plain ? [] : conf)]
  const { code, output } = await runCommand(process.execPath, all, {
    timeoutMs: STEP_TIMEOUT_MS,
    env: { ...process.env, PATH: path },
  })
  if (code === 0 || anyCode) return output
  throw new SetupFailure(output.trim(), 'npm run constellation -- down, and try again')
}

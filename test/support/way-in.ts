import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { request as httpsRequest } from 'node:https'
import type { IncomingHttpHeaders } from 'node:http'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'

import { askSupervisor } from '../../src/admin/services/control.ts'
import type { HostStatus } from '../../src/admin/services/control.ts'
import { Scope } from '../../src/util/scope.ts'
import { startCommand } from './command.ts'
import { systemProgram, testNatsServer } from './programs.ts'

const READY_MS = 120_000
const STOP_MS = 90_000
export const PAGES = 'salvus.test'
export const CONTENT = 'content.test'
export const FRONT_PORT = 4443

/** Addresses of loopback that no other run of tests has at the same time. */
export function loopbackNetwork(): string {
  return `127.${100 + (process.pid % 100)}.${Math.floor(process.pid / 100) % 250}`
}

/** A folder that other users may pass: nginx's workers are such. */
export function openFolder(scope: Scope): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'salvus-way-in-')))
  scope.defer(() => rmSync(folder, { recursive: true, force: true }))
  chmodSync(folder, 0o755)
  return folder
}

/** A certificate that holds for a day, with its key in one file. */
export function makeCertificate(file: string): void {
  const [key, certificate] = [`${file}.key`, `${file}.crt`]
  const names = `subjectAltName=DNS:${PAGES},DNS:${CONTENT}`
  execFileSync(
    'openssl',
    [
      ...['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '1', '-subj', `/CN=${PAGES}`],
      ...['-addext', names, '-keyout', key, '-out', certificate],
    ],
    { stdio: 'ignore' },
  )
  writeFileSync(file, readFileSync(certificate, 'utf8') + readFileSync(key, 'utf8'), {
    mode: 0o600,
  })
}

export interface Reply {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

/** stunnel, haproxy and nginx before two hubs and a bus, all real; and a second haproxy that ends TLS itself. */
export class WayIn implements AsyncDisposable {
  readonly folder: string
  /** Where TLS ends at stunnel. */
  readonly stunnelAddress: string
  /** Where TLS ends at haproxy. */
  readonly haproxyAddress: string
  readonly certificate: string
  readonly #scope = new Scope()
  readonly #network = loopbackNetwork()

  private constructor() {
    this.folder = openFolder(this.#scope)
    this.stunnelAddress = this.client(1)
    this.haproxyAddress = this.client(2)
    makeCertificate(join(this.folder, 'site.pem'))
    this.certificate = readFileSync(join(this.folder, 'site.pem.crt'), 'utf8')
  }

  static async start(): Promise<WayIn> {
    const wayIn = new WayIn()
    try {
      await wayIn.#start()
      return wayIn
    } catch (error) {
      await wayIn[Symbol.asyncDispose]()
      throw error
    }
  }

  /** An address of this machine, such as a browser's. */
  client(number: number): string {
    return `${this.#network}.${number}`
  }

  /** What a browser at one of our addresses gets. */
  request(options: {
    readonly path: string
    readonly via?: 'stunnel' | 'haproxy'
    readonly from?: string
    readonly host?: string
    readonly method?: string
    readonly headers?: Readonly<Record<string, string>>
    readonly body?: unknown
  }): Promise<Reply> {
    const { path, via = 'stunnel', host = PAGES, method = 'GET' } = options
    const text = options.body === undefined ? undefined : JSON.stringify(options.body)
    const own =
      text === undefined ? {} : { ...this.apiHeaders, 'content-length': String(text.length) }
    return new Promise((resolveReply, reject) => {
      const request = httpsRequest(
        {
          host: via === 'stunnel' ? this.stunnelAddress : this.haproxyAddress,
          port: FRONT_PORT,
          servername: host,
          ca: this.certificate,
          localAddress: options.from ?? this.client(9),
          agent: false,
          path,
          method,
          headers: { host: `${host}:${FRONT_PORT}`, ...own, ...options.headers },
        },
        (response) => {
          let body = ''
          response.setEncoding('utf8')
          response.on('data', (chunk: string) => {
            body += chunk
          })
          response.on('error', reject)
          response.on('end', () => {
            resolveReply({ status: response.statusCode ?? 0, headers: response.headers, body })
          })
        },
      )
      request.on('error', reject)
      request.end(text)
    })
  }

  get apiHeaders(): Readonly<Record<string, string>> {
    return {
      origin: `https://${PAGES}:${FRONT_PORT}`,
      'x-salvus': '1',
      'content-type': 'application/json',
    }
  }

  /** What the supervisor of the host with the hubs says. */
  async status(): Promise<HostStatus> {
    const answer = await askSupervisor(this.#data('web'), { ask: 'await_ready' }, READY_MS)
    if (answer === undefined || 'error' in answer) throw new Error('the services do not run')
    return answer
  }

  /** Runs `salvus stop|start|... SERVICE` on the host with the hubs. */
  async act(action: 'start' | 'stop' | 'reload', service: string): Promise<void> {
    const command = startCommand(resolve('bin/salvus.mjs'), [
      ...[action, service, '--configured', join(this.#data('web'), 'configuration')],
    ])
    if ((await command.exit()) !== 0) throw new Error(command.output())
  }

  /** What `salvus doctor` says, and its exit code. */
  async doctor(): Promise<{ readonly code: number | null; readonly output: string }> {
    const command = startCommand(resolve('bin/salvus.mjs'), ['doctor', '--conf', this.#conf])
    return { code: await command.exit(), output: command.output() }
  }

  log(service: string): string {
    return readFileSync(join(this.#data('web'), 'logs', `${service}.log`), 'utf8')
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#scope.close()
  }

  #logs(host: string): string {
    const folder = join(this.#data(host), 'logs')
    const end = (name: string): string => readFileSync(join(folder, name), 'utf8').slice(-1000)
    return readdirSync(folder)
      .filter((name) => name.endsWith('.log'))
      .map((name) => `${name}:\n${end(name)}`)
      .join('\n')
  }

  get #conf(): string {
    return join(this.folder, 'conf')
  }

  #data(host: string): string {
    return join(this.folder, host)
  }

  async #start(): Promise<void> {
    const conf = this.#conf
    mkdirSync(conf)
    writeFileSync(join(conf, 'inventory.toml'), this.#inventory())
    // Where nginx's workers can read it, wherever the clone is.
    cpSync('dist/client', join(this.folder, 'client'), { recursive: true })
    const configure = startCommand(resolve('bin/salvus.mjs'), [
      ...['configure', '--conf', conf, '--make-secrets', '--yes'],
    ])
    if ((await configure.exit()) !== 0) throw new Error(configure.output())
    const nats = testNatsServer()
    const path = [nats === undefined ? '' : dirname(nats), process.env['PATH'] ?? ''].join(':')
    for (const host of ['web', 'tls']) {
      // As it was built by the set-up of the tests.
      const run = startCommand(
        resolve('dist/salvus.js'),
        ['start', '--configured', join(this.#data(host), 'configuration')],
        { ...process.env, PATH: path },
      )
      this.#scope.defer(async () => {
        run.child.kill('SIGTERM')
        const killer = setTimeout(() => run.child.kill('SIGKILL'), STOP_MS)
        await run.exit()
        clearTimeout(killer)
      })
      await run.says(/Starting /)
      const answer = await askSupervisor(this.#data(host), { ask: 'await_ready' }, READY_MS)
      const isWell =
        answer !== undefined &&
        !('error' in answer) &&
        answer.services.every(({ serves }) => serves)
      if (!isWell) throw new Error(`${host}: ${JSON.stringify(answer)}\n${this.#logs(host)}`)
    }
  }

  #inventory(): string {
    const { folder } = this
    return `
name = "way-in"
[site]
publicUrl = "https://${PAGES}:${FRONT_PORT}/"
contentUrl = "https://${CONTENT}:${FRONT_PORT}/"
[tls]
certificateFile = "${folder}/site.pem"
[paths]
program = "${process.cwd()}"
client = "${folder}/client"
data = "${folder}/{host}"
configuration = "${folder}/{host}/configuration"
[limits]
connections = 2000
connectionsPer10s = 20000
signInsPerMinute = 20
computationsPer10s = 20000
[nginx]
brotli = ${hasBrotli()}
[ports.stunnel]
https = ${FRONT_PORT}
[ports.haproxy]
https = ${FRONT_PORT}
http = 4480
[datacenters.here]
[hosts.web]
datacenter = "here"
address = "${this.stunnelAddress}"
services = ["stunnel", "haproxy", "nginx", "hub", "nats"]
hubs = 2
[hosts.tls]
datacenter = "here"
address = "${this.haproxyAddress}"
services = ["haproxy"]
`
  }
}

/** Whether all programs of the way in are there. */
export function hasWayIn(): boolean {
  return (
    ['stunnel', 'haproxy', 'nginx', 'openssl'].every((name) => systemProgram(name) !== undefined) &&
    testNatsServer() !== undefined
  )
}

function hasBrotli(): boolean {
  try {
    return readFileSync('/usr/lib/nginx/modules/ngx_http_brotli_static_module.so').length > 0
  } catch {
    // Not installed: then without.
    return false
  }
}

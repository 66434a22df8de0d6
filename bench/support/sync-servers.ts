import { fork, spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { join } from 'node:path'

import type { LoadTarget } from './sync-load.ts'
import type { SystemName } from './sync-run.ts'
import { temporaryData, startSalvus } from './salvus.ts'

/** The processes of this benchmark beside the one that compares: the same bundle with a role. */
export type Role = 'load' | 'relay' | 'hocuspocus' | 'sharedb'

/** A system that serves, and the processes that do. */
export interface Served extends AsyncDisposable {
  readonly target: LoadTarget
  /** All others are their children. */
  readonly pids: readonly number[]
}

const STOP_MS = 10_000
const START_MS = 60_000
const LOOK_MS = 50

/** Starts a system afresh. Peers stand behind a relay, as Salvus' local hubs stand behind a hub. */
export async function serve(system: SystemName, peers: string): Promise<Served> {
  if (system === 'salvus') return serveSalvus(peers)
  const port = await freePort()
  const server =
    system === 'y-websocket' ? startYWebsocket(peers, port) : startRole(system, [peers, `${port}`])
  await untilItAnswers(port, server)
  const relay = startRole('relay', [`${port}`])
  const [relayPort] = await once(relay, 'message')
  return {
    target: { port: Number(relayPort), peers },
    pids: [server.pid ?? 0, relay.pid ?? 0],
    [Symbol.asyncDispose]: async () => {
      await stop(relay)
      await stop(server)
    },
  }
}

/** A process of this bundle with another role. */
export function startRole(role: Role, args: readonly string[] = []): ChildProcess {
  const [, bundle = ''] = process.argv
  return fork(bundle, ['--role', role, ...args], {
    execArgv: ['--enable-source-maps'],
    stdio: ['ignore', 2, 2, 'ipc'],
  })
}

export async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  child.kill('SIGTERM')
  const killer = setTimeout(() => child.kill('SIGKILL'), STOP_MS)
  await once(child, 'exit')
  clearTimeout(killer)
}

/** As people start it, with one account in it. */
async function serveSalvus(peers: string): Promise<Served> {
  const data = await temporaryData()
  const salvus = await startSalvus({ clone: process.cwd(), dataDir: data.path })
  const { origin, port } = new URL(salvus.url)
  return {
    target: { port: Number(port), peers, salvus: { origin, cookie: await signUp(salvus) } },
    pids: [salvus.pid],
    [Symbol.asyncDispose]: async () => {
      await salvus[Symbol.asyncDispose]()
      await data[Symbol.asyncDispose]()
    },
  }
}

async function signUp(salvus: { url: string; setUpUrl: string | undefined }): Promise<string> {
  const setUpToken = new URL(salvus.setUpUrl ?? '').hash.replace('#set-up=', '')
  const response = await fetch(new URL('/api/sign_up', salvus.url), {
    method: 'POST',
    headers: {
      origin: new URL(salvus.url).origin,
      'content-type': 'application/json',
      'x-salvus': '1',
    },
    body: JSON.stringify({
      name: 'Ada Lovelace',
      email: 'ada@example.com',
      password: 'correct horse battery staple',
      setUpToken,
    }),
  })
  if (!response.ok) throw new Error(`signing up: ${await response.text()}`)
  return response.headers
    .getSetCookie()
    .map((cookie) => cookie.split(';')[0])
    .join('; ')
}

/** Without persistence, as it is by default. */
function startYWebsocket(peers: string, port: number): ChildProcess {
  const program = join(peers, 'node_modules', '@y', 'websocket-server', 'src', 'server.js')
  return spawn(process.execPath, [program], {
    env: { ...process.env, HOST: '127.0.0.1', PORT: `${port}` },
    stdio: ['ignore', 'ignore', 2],
  })
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  return address !== null && typeof address === 'object' ? address.port : 0
}

/** A peer tells nobody when it serves, so it is asked. */
async function untilItAnswers(port: number, child: ChildProcess): Promise<void> {
  const deadline = performance.now() + START_MS
  while (performance.now() < deadline && child.exitCode === null) {
    const response = await fetch(`http://127.0.0.1:${port}/`).catch(() => undefined)
    if (response !== undefined) return
    await new Promise((resolve) => {
      setTimeout(resolve, LOOK_MS)
    })
  }
  throw new Error('a peer did not start')
}

import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join, resolve } from 'node:path'

import { note } from './emit.ts'

/**
 * The peers of bench/sync.ts. Of y-websocket the server that its maintainers split off, in its last version for Yjs
 * 13; of Hocuspocus the last that runs on Node 20.
 */
const PACKAGES = {
  '@y/websocket-server': '0.1.1',
  yjs: '13.6.33',
  'y-protocols': '1.0.7',
  lib0: '0.2.120',
  '@hocuspocus/server': '3.4.4',
  sharedb: '5.2.2',
  ws: '8.23.0',
} as const
export type PeerPackage = keyof typeof PACKAGES

/** Installs them into bench/peers where they are not. Returns the folder. */
export function installPeers(): string {
  const folder = resolve('bench', 'peers', 'sync')
  const manifest = JSON.stringify({ private: true, type: 'module', dependencies: PACKAGES })
  const file = join(folder, 'package.json')
  const stamp = join(folder, '.ready')
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === manifest) return folder
  note('installing y-websocket, Hocuspocus and ShareDB into bench/peers (10 s, 30 MB) ...')
  mkdirSync(folder, { recursive: true })
  writeFileSync(file, manifest)
  const command = ['install', '--no-audit', '--no-fund', '--ignore-scripts', '--loglevel=error']
  const { status } = spawnSync('npm', command, { cwd: folder, stdio: ['ignore', 2, 2] })
  if (status !== 0) throw new Error('npm install of the peers failed')
  writeFileSync(stamp, manifest)
  return folder
}

/** A module of a peer. Its types are those that the caller names: the packages are not among ours. */
// oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- it stands for a type of the package
export function requirePeer<T>(peers: string, module: string): T {
  return createRequire(join(peers, 'package.json'))(module) as T
}

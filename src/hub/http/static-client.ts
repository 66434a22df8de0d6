import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join, relative, sep } from 'node:path'

import type { RequestHandler, Response } from 'express'

import { codeOf } from '../../util/coded-error.ts'
import type { HubSettings } from '../settings.ts'
import { pagePolicy } from './security-headers.ts'

const TYPES: Readonly<Record<string, string>> = {
  js: 'text/javascript; charset=utf-8',
  mjs: 'text/javascript; charset=utf-8',
  css: 'text/css; charset=utf-8',
  json: 'application/json',
  map: 'application/json',
  svg: 'image/svg+xml',
  png: 'image/png',
  ico: 'image/x-icon',
  woff: 'font/woff',
  woff2: 'font/woff2',
  ttf: 'font/ttf',
  wasm: 'application/wasm',
  txt: 'text/plain; charset=utf-8',
  webmanifest: 'application/manifest+json',
}

/** Vite puts what has a hash of its content in its name there. */
const HASHED_FOLDER = 'assets/'
const ENCODINGS = [
  ['br', '.br'],
  ['gzip', '.gz'],
] as const

/**
 * The client's files, by exact name from a list made at the start: no path of a request ever reaches the file
 * system. Hashed names are kept by browsers for ever; compressed copies are sent as they lie there.
 */
export function staticClient(clientDir: string): RequestHandler {
  const files = listFiles(clientDir)
  return (request, response, next) => {
    const name = request.path.slice(1)
    if ((request.method !== 'GET' && request.method !== 'HEAD') || !files.has(name)) return next()
    if (name === 'index.html') return next()
    const extension = name.slice(name.lastIndexOf('.') + 1)
    const accepted = request.headers['accept-encoding'] ?? ''
    const encoding = ENCODINGS.find(
      ([token, suffix]) => new RegExp(`\\b${token}\\b`).test(accepted) && files.has(name + suffix),
    )
    if (encoding !== undefined) response.setHeader('Content-Encoding', encoding[0])
    response.setHeader('Vary', 'Accept-Encoding')
    response.setHeader(
      'Cache-Control',
      name.startsWith(HASHED_FOLDER) ? 'public, max-age=31536000, immutable' : 'no-cache',
    )
    response.setHeader('Content-Type', TYPES[extension] ?? 'application/octet-stream')
    sendFile(response, join(clientDir, name + (encoding?.[1] ?? '')))
  }
}

/**
 * index.html for every address of the client's own: with `<base href>`, so that one build serves every base path,
 * and never from a cache, so that a new version is seen.
 */
export function clientPage(clientDir: string, settings: HubSettings): RequestHandler {
  const file = join(clientDir, 'index.html')
  const policy = pagePolicy(settings)
  const base = `<base href="${settings.publicUrl.pathname}" />`
  let html: string | undefined
  return (request, response, next) => {
    if (request.method !== 'GET' && request.method !== 'HEAD') return next()
    if (html === undefined && existsSync(file)) {
      html = readFileSync(file, 'utf8').replace(/<head([^>]*)>/, `<head$1>\n    ${base}`)
    }
    if (html === undefined) {
      response.status(503).type('text').send('The pages were not built: npm run build\n')
      return
    }
    response.setHeader('Content-Security-Policy', policy)
    response.setHeader('Cache-Control', 'no-cache')
    response.type('html').send(html)
  }
}

function listFiles(folder: string): ReadonlySet<string> {
  if (!existsSync(folder)) return new Set()
  const entries = readdirSync(folder, { withFileTypes: true, recursive: true })
  return new Set(
    entries
      .filter((entry) => entry.isFile())
      .map((entry) => relative(folder, join(entry.parentPath, entry.name)).split(sep).join('/')),
  )
}

function sendFile(response: Response, file: string): void {
  response.sendFile(
    file,
    { cacheControl: false, dotfiles: 'allow', acceptRanges: false },
    (error) => {
      if (error === undefined || error === null || response.headersSent) return
      // The pages were built anew under a running hub: what is gone must not be remembered for ever.
      response.setHeader('Cache-Control', 'no-store')
      response.removeHeader('Content-Encoding')
      response.status(codeOf(error) === 'ENOENT' ? 404 : 500).end()
    },
  )
}

import { once } from 'node:events'
import { readFile, stat, writeFile } from 'node:fs/promises'
import { request as httpRequest } from 'node:http'
import { connect } from 'node:net'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'

import { expect, onTestFinished, test } from 'vitest'

import { openTestApi, type TestApi } from '../../support/project-api.ts'

const MEGABYTE = 1024 * 1024

async function project(): Promise<TestApi> {
  const api = await openTestApi()
  onTestFinished(() => api[Symbol.asyncDispose]())
  await writeFile(join(api.dir, 'a.txt'), 'one\n')
  return api
}

interface Answer {
  readonly status: number | undefined
  readonly code: string
}

function ask(
  { socketPath }: TestApi,
  method: string,
  path: string,
  options: { body?: Uint8Array; headers?: Record<string, string | number> } = {},
): Promise<Answer> {
  const { body, headers = {} } = options
  return new Promise((resolve, reject) => {
    const request = httpRequest({ socketPath, method, path, headers, agent: false }, (response) => {
      buffer(response).then((bytes) => {
        const { code = '' } = response.statusCode === 200 ? {} : JSON.parse(bytes.toString())
        resolve({ status: response.statusCode, code })
      }, reject)
    })
    // The answer to a body that is too large comes before it is sent.
    request.on('error', (error) => {
      if (body === undefined) reject(error)
    })
    request.end(body)
  })
}

test('only the project’s user may open the socket, and the project says where it is', async () => {
  const { socketPath, dir } = await project()
  expect((await stat(socketPath)).mode & 0o777).toBe(0o600)
  expect(await readFile(join(dir, '.salvus/api'), 'utf8')).toBe(`${socketPath}\n`)
  expect((await stat(join(dir, '.salvus/api'))).mode & 0o777).toBe(0o600)
})

test('what is no request of ours is refused, each with its code, and changes nothing', async () => {
  const api = await project()
  const document = '/v1/document?path=a.txt'
  const cases: readonly [string, string, number, string][] = [
    ['GET', '/', 404, 'unknown_event'],
    ['GET', '/v1/nothing?path=a.txt', 404, 'unknown_event'],
    ['DELETE', document, 404, 'unknown_event'],
    ['GET', '/v1/document', 400, 'bad_value'],
    ['GET', '/v1/document?path=', 400, 'bad_value'],
    ['GET', '/v1/document?path=a%00b', 400, 'bad_value'],
    ['GET', `${document}&path=b.txt`, 400, 'bad_value'],
    ['GET', `${document}&colour=red`, 400, 'bad_value'],
    ['GET', `${document}&revision=1`, 400, 'bad_value'],
    ['GET', `${document}&revision=1.99999999999999999`, 400, 'bad_value'],
    ['GET', `${document}&revision=-1.0`, 400, 'bad_value'],
    ['POST', `${document}&name=`, 400, 'bad_value'],
    ['POST', `${document}&name=a%0Ab`, 400, 'bad_value'],
    ['POST', `${document}&name=${'x'.repeat(101)}`, 400, 'bad_value'],
    ['POST', `${document}&save=perhaps`, 400, 'bad_value'],
    ['GET', '/v1/document?path=..%2Fa.txt', 403, 'outside_project'],
    ['GET', '/v1/document?path=%2Fetc%2Fpasswd', 403, 'outside_project'],
    ['PUT', '/v1/document?path=..%2Fnew.txt', 403, 'outside_project'],
    ['GET', `/v1/document?path=${'x'.repeat(5000)}`, 400, 'bad_value'],
    ['GET', '/v1/watch?path=none.txt', 404, 'not_found'],
    ['GET', '/v1/history?path=a.txt&limit=0', 400, 'bad_value'],
    ['POST', '/v1/restore?path=a.txt', 400, 'bad_value'],
    ['POST', '/v1/restore?path=a.txt&revision=1.1', 409, 'conflict'],
  ]
  for (const [method, path, status, code] of cases) {
    expect([method, path, await ask(api, method, path)]).toEqual([method, path, { status, code }])
  }
  expect(await readFile(join(api.dir, 'a.txt'), 'utf8')).toBe('one\n')
})

test('a body over the limit is refused, whether it says its length or not', async () => {
  const api = await project()
  const body = Buffer.alloc(21 * MEGABYTE, 'x')
  const headers = { 'transfer-encoding': 'chunked' }
  const refused = { status: 413, code: 'too_large' }
  expect(await ask(api, 'POST', '/v1/document?path=a.txt', { body })).toEqual(refused)
  expect(await ask(api, 'POST', '/v1/document?path=a.txt', { body, headers })).toEqual(refused)
  expect(await readFile(join(api.dir, 'a.txt'), 'utf8')).toBe('one\n')
})

test('what is no HTTP at all, or too much of it, is answered and the connection closed', async () => {
  const { socketPath } = await project()
  const send = async (text: string): Promise<string> => {
    const socket = connect(socketPath)
    await once(socket, 'connect')
    // It may be closed before all is sent.
    socket.on('error', () => undefined)
    socket.write(text)
    return (await buffer(socket)).toString()
  }
  expect(await send('{"op":"read"}\n\n')).toMatch(/^HTTP\/1\.1 400 [^]*"bad_message"/)
  const long = `GET /v1/document?path=${'x'.repeat(60_000)} HTTP/1.1\r\nhost: x\r\n\r\n`
  expect(await send(long)).toMatch(/^HTTP\/1\.1 413 [^]*"too_large"/)
})

test('a program that ends in the middle of its text changes nothing', async () => {
  const api = await project()
  const socket = connect(api.socketPath)
  await once(socket, 'connect')
  const head = 'POST /v1/document?path=a.txt HTTP/1.1\r\nhost: x\r\ncontent-length: 10\r\n\r\n'
  socket.end(`${head}two`)
  socket.resume()
  await once(socket, 'close')
  expect(await ask(api, 'GET', '/v1/document?path=a.txt')).toEqual({ status: 200, code: '' })
  expect(await readFile(join(api.dir, 'a.txt'), 'utf8')).toBe('one\n')
})

test('a program that does not end its request does not keep the project from stopping', async () => {
  const api = await openTestApi()
  await writeFile(join(api.dir, 'a.txt'), 'one\n')
  const socket = connect(api.socketPath)
  await once(socket, 'connect')
  socket.on('error', () => undefined)
  socket.write('POST /v1/document?path=a.txt HTTP/1.1\r\nhost: x\r\ncontent-length: 10\r\n\r\ntwo')
  expect(await ask(api, 'GET', '/v1/document?path=a.txt')).toEqual({ status: 200, code: '' })
  const began = performance.now()
  await api[Symbol.asyncDispose]()
  expect(performance.now() - began).toBeLessThan(30_000)
  expect(await readFile(join(api.dir, 'a.txt'), 'utf8')).toBe('one\n')
})

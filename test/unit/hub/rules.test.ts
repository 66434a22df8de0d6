import { describe, expect, it } from 'vitest'

import { contentCookie, readCookie, sessionCookie } from '../../../src/hub/auth/cookie.ts'
import { hashPassword, needsRehash, verifyPassword } from '../../../src/hub/auth/password-hash.ts'
import { addressKey } from '../../../src/hub/auth/throttle.ts'
import { invitationToken, readInvitationToken } from '../../../src/hub/auth/tokens.ts'
import { addressesOf } from '../../../src/hub/configuration/addresses.ts'
import { attachment, contentTypeOf } from '../../../src/hub/content/content-type.ts'
import { parseRange } from '../../../src/hub/content/range.ts'
import { createAddressOf } from '../../../src/hub/http/address.ts'
import { oneLine } from '../../../src/hub/mail/transport.ts'

describe('the hub’s rules', () => {
  it('names the session’s cookie by what its address allows', () => {
    expect(sessionCookie(new URL('https://a.example/')).name).toBe('__Host-salvus')
    expect(sessionCookie(new URL('https://a.example/p/'))).toMatchObject({
      name: expect.stringMatching(/^__Secure-salvus-[0-9a-f]{8}$/),
      path: '/p/',
      secure: true,
    })
    const one = sessionCookie(new URL('http://localhost:1/'))
    expect(one.name).not.toBe(sessionCookie(new URL('http://localhost:2/')).name)
    expect(contentCookie(new URL('http://127.0.0.1:2/'), 'x').path).toBe('/x/')
  })

  it('reads one cookie of many, and no name that only ends alike', () => {
    expect(readCookie('xsalvus=1; salvus=2; salvus=3', 'salvus')).toBe('2')
    expect(readCookie('salvus', 'salvus')).toBeUndefined()
    expect(readCookie(`salvus=${'a'.repeat(20_000)}`, 'salvus')).toBeUndefined()
  })

  it('hashes with argon2id, and again what was hashed more weakly', async () => {
    const encoded = await hashPassword('four unrelated words')
    expect(needsRehash(encoded)).toBe(false)
    expect(needsRehash(encoded.replace('t=2', 't=1'))).toBe(true)
    expect(await verifyPassword(encoded, 'four unrelated words')).toBe(true)
    expect(await verifyPassword(encoded, 'four unrelated word')).toBe(false)
  })

  it('counts a network of IPv6 as one address, and a mapped IPv4 as itself', () => {
    expect(addressKey('2001:db8::1')).toBe(addressKey('2001:db8:0:0:ffff::2'))
    expect(addressKey('2001:db8:0:1::1')).not.toBe(addressKey('2001:db8::1'))
    expect(addressKey('::ffff:10.0.0.1')).toBe('10.0.0.1')
  })

  it('takes back only invitation tokens that this installation made', () => {
    const secret = Buffer.alloc(32, 1)
    const token = invitationToken(secret, 'id')
    expect(readInvitationToken(secret, token)).toBe('id')
    expect(readInvitationToken(Buffer.alloc(32, 2), token)).toBeUndefined()
    expect(readInvitationToken(secret, token.replace('id', 'ix'))).toBeUndefined()
    expect(readInvitationToken(secret, `${token}.`)).toBeUndefined()
  })

  it('puts pages and what users make on two host names where nothing else is set', () => {
    const from = {
      port: 1,
      contentPort: 2,
      basePath: '/p/',
      publicUrl: undefined,
      publicContentUrl: undefined,
    }
    const { publicUrl, contentUrl } = addressesOf({ ...from, host: '127.0.0.1' })
    expect([publicUrl.href, contentUrl.href]).toEqual([
      'http://localhost:1/p/',
      'http://127.0.0.1:2/p/',
    ])
    const given = addressesOf({ ...from, host: '::', publicUrl: 'https://a.example' })
    expect(given.publicUrl.href).toBe('https://a.example/')
  })

  it('believes X-Forwarded-For only as far as its own proxies wrote it', () => {
    const request = {
      headers: { 'x-forwarded-for': 'forged, 1.2.3.4, 10.0.0.9' },
      socket: { remoteAddress: '10.0.0.1' },
    } as unknown as Parameters<ReturnType<typeof createAddressOf>>[0]
    expect(createAddressOf(0)(request)).toBe('10.0.0.1')
    expect(createAddressOf(2)(request)).toBe('1.2.3.4')
  })

  it.each([
    ['bytes=0-3', { start: 0, length: 4 }],
    ['bytes=4-', { start: 4, length: 6 }],
    ['bytes=-3', { start: 7, length: 3 }],
    ['bytes=0-99', { start: 0, length: 10 }],
    ['bytes=-99', { start: 0, length: 10 }],
    ['bytes=10-', 'unsatisfiable'],
    ['bytes=-0', 'unsatisfiable'],
    ['bytes=3-1', undefined],
    ['bytes=0-1,3-4', undefined],
    ['lines=0-1', undefined],
    [undefined, undefined],
  ] as const)('reads the range %s', (header, range) => {
    expect(parseRange(header, 10)).toEqual(range)
  })

  it('names a download so that no name breaks out of its header', () => {
    expect(attachment('a/x"\r\ny ü.txt')).toBe(
      `attachment; filename="x___y _.txt"; filename*=UTF-8''x%22%0D%0Ay%20%C3%BC.txt`,
    )
    expect(contentTypeOf('a.HTML')).toBe('text/html; charset=utf-8')
    expect(contentTypeOf('a.exe')).toBeUndefined()
    expect(contentTypeOf('a.constructor')).toBeUndefined()
  })

  it('makes one line of what goes into a header', () => {
    expect(oneLine('a\r\nBcc: b\u2028c')).toBe('a Bcc: b c')
  })
})

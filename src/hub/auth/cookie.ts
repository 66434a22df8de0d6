import { createHash } from 'node:crypto'

/** Beyond what browsers send; a longer header is not searched. */
const COOKIE_HEADER_CHARACTERS_MAX = 16_384

/** Where and how a cookie of ours is set. */
export interface CookieRule {
  readonly name: string
  readonly path: string
  readonly secure: boolean
}

/**
 * The session's cookie. `__Host-` where the rules of that prefix can be met, else `__Secure-` or plain with a hash
 * of the address in its name, because cookies ignore ports: two installations on one host don't sign each other out.
 */
export function sessionCookie(publicUrl: URL): CookieRule {
  const secure = publicUrl.protocol === 'https:'
  const path = publicUrl.pathname
  if (secure && path === '/') return { name: '__Host-salvus', path, secure }
  const hash = createHash('sha256').update(publicUrl.href).digest('hex').slice(0, 8)
  return { name: `${secure ? '__Secure-' : ''}salvus-${hash}`, path, secure }
}

/** The content origin's cookie of one project, sent for its raw files only. */
export function contentCookie(contentUrl: URL, projectId: string): CookieRule {
  const secure = contentUrl.protocol === 'https:'
  const hash = createHash('sha256').update(contentUrl.href).digest('hex').slice(0, 8)
  return {
    name: `${secure ? '__Secure-' : ''}salvus-content-${hash}-${projectId}`,
    path: `${contentUrl.pathname}${projectId}/`,
    secure,
  }
}

/** The value for `Set-Cookie`. `maxAgeS` 0 takes it away. */
export function writeCookie(
  rule: CookieRule,
  value: string,
  options: { readonly maxAgeS: number; readonly sameSite: 'Lax' | 'None' },
): string {
  // Browsers take SameSite=None over TLS only; without TLS both of our origins are the same site's or opaque.
  const sameSite = options.sameSite === 'None' && !rule.secure ? 'Lax' : options.sameSite
  const secure = rule.secure ? '; Secure' : ''
  return `${rule.name}=${value}; Path=${rule.path}; Max-Age=${options.maxAgeS}; HttpOnly; SameSite=${sameSite}${secure}`
}

/** The value in a `Cookie` header. The first counts: browsers send the one with the longest path first. */
export function readCookie(header: string | undefined, name: string): string | undefined {
  if (header === undefined || header.length > COOKIE_HEADER_CHARACTERS_MAX) return undefined
  for (const pair of header.split(';')) {
    const at = pair.indexOf('=')
    if (at > 0 && pair.slice(0, at).trim() === name) return pair.slice(at + 1).trim()
  }
  return undefined
}

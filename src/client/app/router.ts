import type { ProjectId } from '../../messages/ids.ts'
import { Value } from './observable.ts'
import type { Observable } from './observable.ts'

/**
 * The pages. Links that a mail or a person brings carry their token behind `#`, which no server sees and no
 * Referer tells: `#set-up=`, `#token=`.
 */
export type Page =
  | { readonly kind: 'home' }
  | { readonly kind: 'sign_in' }
  | { readonly kind: 'sign_up'; readonly setUpToken?: string; readonly invitationToken?: string }
  | { readonly kind: 'forgot_password' }
  | { readonly kind: 'reset_password'; readonly token: string }
  | { readonly kind: 'verify_email'; readonly token: string }
  | { readonly kind: 'invitation'; readonly token: string }
  | { readonly kind: 'project'; readonly projectId: ProjectId; readonly path?: string }
  | { readonly kind: 'account' }
  | { readonly kind: 'admin' }
  | { readonly kind: 'not_found' }

const PROJECT_ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

/** The id of a project in an address, or undefined where it can't be one. */
export function parseProjectId(text: string): ProjectId | undefined {
  // The parser of a branded id.
  return PROJECT_ID.test(text) ? (text as ProjectId) : undefined
}

/** The page of an address below the base, such as `projects/ID/files/notes.md` and `#token=...`. */
export function parsePage(path: string, hash: string): Page {
  const fields = new URLSearchParams(hash.replace(/^#/, ''))
  const token = fields.get('token') ?? ''
  const setUpToken = fields.get('set-up')
  const [first = '', ...rest] = path.split('/').filter((part) => part !== '')
  if (setUpToken !== null && first === '') return { kind: 'sign_up', setUpToken }
  switch (first) {
    case '':
    case 'projects':
      return rest.length === 0 ? { kind: 'home' } : parseProject(rest)
    case 'sign-in':
      return { kind: 'sign_in' }
    case 'sign-up':
      return {
        kind: 'sign_up',
        ...(setUpToken === null ? {} : { setUpToken }),
        ...(token === '' ? {} : { invitationToken: token }),
      }
    case 'forgot-password':
      return { kind: 'forgot_password' }
    case 'reset-password':
      return { kind: 'reset_password', token }
    case 'verify-email':
      return { kind: 'verify_email', token }
    case 'invitation':
      return { kind: 'invitation', token }
    case 'account':
      return { kind: 'account' }
    case 'admin':
      return { kind: 'admin' }
    default:
      return { kind: 'not_found' }
  }
}

/** The address of a page below the base, without a leading `/`. Tokens are only read, never written. */
export function addressOf(page: Page): string {
  switch (page.kind) {
    case 'home':
    case 'not_found':
      return ''
    case 'project': {
      const files = page.path === undefined ? '' : `/files/${encodePath(page.path)}`
      return `projects/${page.projectId}${files}`
    }
    case 'sign_up':
      if (page.setUpToken !== undefined) return `sign-up#set-up=${page.setUpToken}`
      return page.invitationToken === undefined
        ? 'sign-up'
        : `sign-up#token=${page.invitationToken}`
    case 'reset_password':
    case 'verify_email':
    case 'invitation':
      return `${page.kind.replace('_', '-')}#token=${page.token}`
    default:
      return page.kind.replace('_', '-')
  }
}

function parseProject([id = '', files, ...path]: string[]): Page {
  const projectId = parseProjectId(id)
  if (!projectId) return { kind: 'not_found' }
  if (files !== 'files' || path.length === 0) return { kind: 'project', projectId }
  return { kind: 'project', projectId, path: path.map(decodePart).join('/') }
}

function encodePath(path: string): string {
  return path.split('/').map(encodeURIComponent).join('/')
}

function decodePart(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch (error) {
    if (error instanceof URIError) return part
    throw error
  }
}

/** What of the browser the router uses: tests give their own. */
export interface BrowserHistory {
  readonly basePath: string
  location(): { pathname: string; hash: string }
  push(url: string): void
  replace(url: string): void
  listen(changed: () => void): void
}

export function browserHistory(): BrowserHistory {
  const base = new URL(document.baseURI).pathname
  return {
    basePath: base.endsWith('/') ? base : `${base}/`,
    location: () => location,
    push: (url) => history.pushState(null, '', url),
    replace: (url) => history.replaceState(null, '', url),
    listen: (changed) => {
      addEventListener('popstate', changed)
      addEventListener('hashchange', changed)
    },
  }
}

/** The page that is shown, and the browser's address bar, kept the same. */
export class Router {
  readonly #history: BrowserHistory
  readonly #page: Value<Page>

  constructor(history: BrowserHistory) {
    this.#history = history
    this.#page = new Value(this.#read())
    history.listen(() => this.#page.set(this.#read()))
  }

  get page(): Observable<Page> {
    return this.#page
  }

  /** The address of a page, for an `href`. */
  href(page: Page): string {
    return this.#history.basePath + addressOf(page)
  }

  go(page: Page): void {
    this.#history.push(this.href(page))
    this.#page.set(page)
  }

  /** Changes the address without a step for the browser's `Back`. */
  replace(page: Page): void {
    this.#history.replace(this.href(page))
    this.#page.set(page)
  }

  #read(): Page {
    const { pathname, hash } = this.#history.location()
    const { basePath } = this.#history
    if (`${pathname}/` === basePath) return parsePage('', hash)
    if (!pathname.startsWith(basePath)) return { kind: 'not_found' }
    return parsePage(pathname.slice(basePath.length), hash)
  }
}

import { describe, expect, it } from 'vitest'

import { addressOf, parsePage, parseProjectId, Router } from '../../../../src/client/app/router.ts'
import type { BrowserHistory } from '../../../../src/client/app/router.ts'

const ID = '01234567-89ab-4cde-8fab-0123456789ab'
const projectId = parseProjectId(ID)
if (!projectId) throw new Error('not an id')

describe('addresses', () => {
  it('reads the page and the token of a link', () => {
    expect(parsePage('', '#set-up=secret')).toEqual({ kind: 'sign_up', setUpToken: 'secret' })
    expect(parsePage('sign-up', '#token=t')).toEqual({ kind: 'sign_up', invitationToken: 't' })
    expect(parsePage('reset-password', '#token=t')).toEqual({ kind: 'reset_password', token: 't' })
    expect(parsePage('verify-email', '#token=t')).toEqual({ kind: 'verify_email', token: 't' })
    expect(parsePage('invitation', '#token=t')).toEqual({ kind: 'invitation', token: 't' })
  })

  it('says not found of what is no page', () => {
    expect(parsePage('nowhere', '')).toEqual({ kind: 'not_found' })
    expect(parsePage('projects/not-an-id', '')).toEqual({ kind: 'not_found' })
  })

  it.each(['notes.md', 'a folder/100% ä#?.md', '%zz/x'])('goes to a file and back: %s', (path) => {
    const address = addressOf({ kind: 'project', projectId, path })
    expect(address).not.toMatch(/[#? ]/)
    expect(parsePage(address, '')).toEqual({ kind: 'project', projectId, path })
  })

  it('takes a broken escape in an address as it stands', () => {
    expect(parsePage(`projects/${ID}/files/%zz`, '')).toMatchObject({ path: '%zz' })
  })
})

describe('the router', () => {
  function openAt(url: string, basePath = '/p/') {
    const at = new URL(url, 'http://localhost')
    const pushed: string[] = []
    const history: BrowserHistory = {
      basePath,
      location: () => at,
      push: (to) => pushed.push(to),
      replace: (to) => pushed.push(`replace ${to}`),
      listen: () => undefined,
    }
    return { router: new Router(history), pushed }
  }

  it('reads and writes addresses below the base path', () => {
    const { router, pushed } = openAt(`/p/projects/${ID}`)
    expect(router.page.get()).toEqual({ kind: 'project', projectId })
    router.go({ kind: 'account' })
    router.replace({ kind: 'home' })
    expect(pushed).toEqual(['/p/account', 'replace /p/'])
    expect(router.page.get()).toEqual({ kind: 'home' })
  })

  it('takes the base path without its slash as home, and others as not found', () => {
    expect(openAt('/p').router.page.get()).toEqual({ kind: 'home' })
    expect(openAt('/other').router.page.get()).toEqual({ kind: 'not_found' })
  })
})

import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'

import { SMTPServer } from 'smtp-server'
import { describe, expect, it } from 'vitest'

import { startMailServer } from '../../support/mail-server.ts'
import { PASSWORD, TestHub } from '../../support/test-hub.ts'

describe('mail', () => {
  it('verifies an address, resets a password and invites, through a real mail server', async () => {
    await using server = await startMailServer()
    await using hub = await TestHub.start({ smtpUrl: server.url })
    const admin = await hub.admin()
    const mail = await server.until('confirm')
    const socket = await hub.browser(admin)
    const token = tokenOf(mail)
    expect(await hub.post('verify_email', { token })).toMatchObject({
      body: { email: admin.email },
    })
    expect((await hub.post('verify_email', { token })).status).toBe(410)

    const known = await hub.post('request_password_reset', { email: 'ADMIN@example.org' })
    const unknown = await hub.post('request_password_reset', { email: 'nobody@example.org' })
    expect(unknown).toEqual(known)
    const reset = tokenOf(await server.until('set a new password'))
    expect(server.mails.some((each) => each.includes('nobody@example.org'))).toBe(false)

    const { project } = await socket.request(0, 'create_project', {
      title: 'Sums\u2028Bcc: evil@example.org',
    })
    const { projectId } = project as { projectId: string }
    const invite = { projectId, email: 'new@example.org', role: 'viewer' }
    expect(await socket.request(0, 'invite', invite)).toMatchObject({ mailed: true })
    expect(await server.until('new@example.org')).not.toMatch(/^Bcc:/m)

    const password = 'a very different passphrase'
    expect((await hub.post('reset_password', { token: reset, password })).status).toBe(200)
    expect(await hub.signIn(admin.email, PASSWORD)).toBe('')
  })

  it('sends what was written to help@ with a reply-to, and no header of the writer’s', async () => {
    await using server = await startMailServer()
    await using hub = await TestHub.start({ smtpUrl: server.url, helpAddress: 'help@example.org' })
    const nobody = await hub.browser()
    const letter = {
      subject: 'Plots\r\nBcc: evil@example.org',
      text: 'My plot is empty.\nBcc: text@example.org',
      attachments: { page: 'http://localhost/projects' },
    }
    expect(await nobody.request(0, 'write_help', letter)).toMatchObject({ code: 'bad_value' })
    const email = 'student@example.org'
    const answer = await nobody.request(0, 'write_help', { ...letter, email })
    expect(answer).toMatchObject({ helpRequest: { state: 'sent' } })
    const mail = await server.until('My plot is empty.')
    const [head = ''] = mail.split('\r\n\r\n')
    expect(head).toMatch(/^Reply-To: student@example\.org/m)
    expect(head).not.toMatch(/^Bcc:/m)
    expect(mail).toContain('Page: http://localhost/projects')
  })

  it('keeps a letter while the mail server is down, and sends it when it is up again', async () => {
    const port = await freePort()
    await using hub = await TestHub.start({
      smtpUrl: `smtp://127.0.0.1:${port}`,
      helpAddress: 'help@example.org',
    })
    const socket = await hub.browser(await hub.admin())
    const letter = { subject: 'Down', text: 'Is it down?', attachments: {} }
    expect(await socket.request(0, 'write_help', letter)).toMatchObject({
      helpRequest: { state: 'waiting' },
    })
    const arrived: string[] = []
    const server = new SMTPServer({
      authOptional: true,
      disabledCommands: ['STARTTLS', 'AUTH'],
      onData(stream, _session, done) {
        stream.on('data', (chunk: Buffer) => arrived.push(chunk.toString()))
        stream.on('end', done)
      },
    })
    await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
    await socket.until(() => socket.notice('help_changed') !== undefined)
    expect(socket.notice('help_changed')).toMatchObject({ helpRequest: { state: 'sent' } })
    expect(arrived.join('')).toContain('Is it down?')
    await new Promise<void>((resolve) => server.close(() => resolve()))
  })

  it('keeps letters and invitations for the admin where there is no mail server', async () => {
    await using hub = await TestHub.start()
    const admin = await hub.browser(await hub.admin())
    const letter = { subject: 'Hello', text: 'Nobody mails this.', attachments: {} }
    expect(await admin.request(0, 'write_help', letter)).toMatchObject({
      helpRequest: { state: 'kept' },
    })
    expect(await admin.request(0, 'admin_list_help')).toMatchObject({
      helpRequests: [{ subject: 'Hello' }],
    })
    const invited = await admin.request(0, 'admin_invite', { email: 'new@example.org' })
    expect(invited).toMatchObject({ mailed: false })
    expect(await admin.request(0, 'admin_list_mail')).toMatchObject({
      mails: [{ to: 'new@example.org' }],
    })
  })
})

function tokenOf(mail: string): string | undefined {
  return /#token=([\w.-]+)/.exec(mail)?.[1]
}

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise<void>((resolve) => server.close(() => resolve()))
  return port
}

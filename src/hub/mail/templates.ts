import type { Mail } from './outbox.ts'
import { oneLine } from './transport.ts'

export function resetMail(site: string, to: string, link: string): Mail {
  return {
    to,
    subject: `${site}: set a new password`,
    text: `Somebody, probably you, asked for a new password at ${site}.

Open this link to set it. It works once, within 30 minutes:

${link}

If you did not ask, do nothing: your password stays as it is.
`,
  }
}

export function verificationMail(site: string, to: string, link: string): Mail {
  return {
    to,
    subject: `${site}: confirm your e-mail address`,
    text: `Open this link to confirm that ${to} is your address at ${site}:

${link}

It works for two days. If you know nothing of it, do nothing.
`,
  }
}

export function invitationMail(
  site: string,
  to: string,
  about: {
    readonly link: string
    readonly inviterName: string
    readonly projectTitle: string
    readonly role: string
  },
): Mail {
  const inviter = oneLine(about.inviterName)
  const title = oneLine(about.projectTitle)
  return {
    to,
    subject: `${inviter} invites you to "${title}"`,
    text: `${inviter} invites you to work on the project "${title}" at ${site}, as ${about.role}.

Open this link to accept:

${about.link}

It works for 30 days, once. If you do not know ${inviter}, do nothing.
`,
  }
}

export function siteInvitationMail(site: string, to: string, link: string): Mail {
  return {
    to,
    subject: `You are invited to ${site}`,
    text: `You may make an account at ${site}. Open this link:

${link}

It works for 30 days, once.
`,
  }
}

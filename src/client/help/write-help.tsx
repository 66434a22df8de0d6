import { useEffect, useState } from 'react'
import type { FormEvent, ReactNode } from 'react'

import type { HelpAttachments } from '../../messages/help.ts'
import { HELP_CHARACTERS_MAX } from '../../messages/limits.ts'
import { lastError } from '../app/error-text.ts'
import { useServices } from '../app/services.ts'
import { CheckField, Field, TextField } from '../ui/field.tsx'
import { ErrorNote, InfoNote } from '../ui/notes.tsx'
import { useAction } from '../ui/use-action.ts'
import { useLoaded } from '../ui/use-loaded.ts'
import { useObservable } from '../ui/use-observable.ts'
import { HelpRequestList } from './help-request-list.tsx'

type AttachmentName = keyof HelpAttachments

const LABELS: Record<AttachmentName, string> = {
  page: 'Page',
  project: 'Project',
  browser: 'Browser',
  lastError: 'Last error',
}

/** A letter to the people who run this installation, with what its writer chooses to send along. */
export function WriteHelp({ address }: { readonly address: string }): ReactNode {
  const { connection, session } = useServices()
  const account = useObservable(session.who)?.account
  const available = useAvailable()
  const [draft, setDraft] = useState({ subject: '', text: '', email: '' })
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set(['page', 'browser']))
  const [sent, setSent] = useState<string | undefined>(undefined)
  const send = useAction(async () => {
    const entries = available.filter(([name]) => chosen.has(name))
    const { subject, text, email } = draft
    const { helpRequest } = await connection.request('write_help', {
      subject,
      text,
      attachments: Object.fromEntries(entries),
      ...(account ? {} : { email }),
    })
    setSent(SENT[helpRequest.state])
    setDraft({ subject: '', text: '', email: '' })
  })
  const submit = (event: FormEvent): void => {
    event.preventDefault()
    send.run()
  }
  const choose = (name: string, checked: boolean): void => {
    const names = new Set(chosen)
    if (checked) names.add(name)
    else names.delete(name)
    setChosen(names)
  }
  return (
    <>
      <p>It is read by people, at {address}.</p>
      {sent !== undefined && <InfoNote>{sent}</InfoNote>}
      <form className="form" onSubmit={submit}>
        {!account && (
          <Field
            label="Your e-mail"
            type="email"
            required
            value={draft.email}
            onChange={(event) => setDraft({ ...draft, email: event.target.value })}
          />
        )}
        <Field
          label="Subject"
          required
          maxLength={200}
          value={draft.subject}
          onChange={(event) => setDraft({ ...draft, subject: event.target.value })}
        />
        <TextField
          label="Message"
          required
          maxLength={HELP_CHARACTERS_MAX}
          value={draft.text}
          onChange={(event) => setDraft({ ...draft, text: event.target.value })}
        />
        <fieldset className="attachments">
          <legend>Send along</legend>
          {available.map(([name, text]) => (
            <CheckField
              key={name}
              label={LABELS[name]}
              hint={<code className="attachment">{text}</code>}
              checked={chosen.has(name)}
              onChecked={(checked) => choose(name, checked)}
            />
          ))}
        </fieldset>
        <ErrorNote text={send.error} />
        <div>
          <button className="button button-primary" type="submit" disabled={send.busy}>
            Send
          </button>
        </div>
      </form>
      {account && <Earlier sent={sent} />}
    </>
  )
}

const SENT = {
  sent: 'Sent. The answer comes to your e-mail address.',
  waiting: 'It is kept and will be sent as soon as the mail server takes it.',
  kept: 'It is kept for the admin of this installation, who reads it in the app.',
} as const

/** What could be sent along, each as it would be sent. */
function useAvailable(): (readonly [AttachmentName, string])[] {
  const { router, projects } = useServices()
  const page = useObservable(router.page)
  const error = useObservable(lastError)
  const project = page.kind === 'project' ? projects.project(page.projectId) : undefined
  const all: readonly (readonly [AttachmentName, string | undefined])[] = [
    // Without what stands behind `#`: it may be a token.
    ['page', location.origin + location.pathname],
    ['project', project && `${project.title} (${project.projectId})`],
    ['browser', navigator.userAgent],
    ['lastError', error],
  ]
  return all.flatMap(([name, text]) => (text === undefined ? [] : [[name, text] as const]))
}

/** One's earlier letters; what becomes of them is told as it happens. */
function Earlier({ sent }: { readonly sent: string | undefined }): ReactNode {
  const { connection } = useServices()
  const { value, error, reload } = useLoaded(() => connection.request('list_help', {}), sent)
  useEffect(() => connection.on('help_changed', reload), [connection, reload])
  return (
    <section className="section">
      <h3>Your earlier messages</h3>
      <ErrorNote text={error} />
      {value && <HelpRequestList requests={value.helpRequests} />}
    </section>
  )
}

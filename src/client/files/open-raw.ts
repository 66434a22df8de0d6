import type { ProjectId } from '../../messages/ids.ts'
import type { Connection } from '../connection/connection.ts'

interface RawFile {
  readonly projectId: ProjectId
  readonly path: string
  /** `download` saves it; `show` opens it in a new tab. */
  readonly how: 'download' | 'show'
}

/**
 * Goes to a file at the content origin: a single-use ticket is posted by a form, so that it stands in no address,
 * and the answer leads on to the file.
 */
export async function openRaw(connection: Connection, file: RawFile): Promise<void> {
  const { projectId } = file
  const { ticket, contentUrl } = await connection.request('create_content_ticket', { projectId })
  const path = file.path.split('/').map(encodeURIComponent).join('/')
  postForm(
    new URL('enter', contentUrl.endsWith('/') ? contentUrl : `${contentUrl}/`).href,
    { ticket, projectId, path: file.how === 'download' ? `${path}?download` : path },
    file.how === 'download' ? downloadFrame() : '_blank',
  )
}

function postForm(action: string, fields: Record<string, string>, target: string): void {
  const form = document.createElement('form')
  form.method = 'post'
  form.action = action
  form.target = target
  if (target === '_blank') form.rel = 'noopener'
  form.hidden = true
  for (const [name, value] of Object.entries(fields)) {
    const input = document.createElement('input')
    input.name = name
    input.value = value
    form.append(input)
  }
  document.body.append(form)
  form.submit()
  form.remove()
}

/** A download leaves the page where it is: its navigation happens in a frame that nobody sees. */
function downloadFrame(): string {
  const name = 'salvus-download'
  if (!document.querySelector(`iframe[name="${name}"]`)) {
    const frame = document.createElement('iframe')
    frame.name = name
    frame.hidden = true
    frame.title = 'Download'
    document.body.append(frame)
  }
  return name
}

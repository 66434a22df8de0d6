import type {
  DocumentBlame,
  DocumentEvent,
  DocumentHistory,
  PartChanged,
} from '../../messages/project-api.ts'

/** Characters of a text that stand in one line. */
const SHOWN_CHARACTERS = 60

/** An event for people, in one line. */
export function eventLine(event: DocumentEvent): string {
  switch (event.event) {
    case 'watching':
      return `watching from revision ${event.revision}\n`
    case 'missed':
      return `changed, to revision ${event.revision}\n`
    case 'closed':
      return `${event.message}\n`
    case 'changed': {
      const what = event.changes?.map(changeWords).join('; ') ?? 'much at once'
      return `${timeOf(event.atMs)} ${event.by.name}: ${what}\n`
    }
  }
}

export function historyLines({ versions }: DocumentHistory): string {
  return versions
    .map(({ revision, atMs, authors }) => {
      const who = authors.map(({ name, inserted, deleted }) => `${name} +${inserted} -${deleted}`)
      return `${revision}  ${timeOf(atMs)}  ${who.join(', ')}\n`
    })
    .join('')
}

/** Each line of the text with who changed it last. */
export function blameLines({ lines }: DocumentBlame, text: string): string {
  const texts = text.split('\n')
  if (texts.at(-1) === '') texts.pop()
  const who = lines.flatMap(({ count, by }) => Array.from({ length: count }, () => by ?? ''))
  const width = who.reduce((widest, name) => Math.max(widest, name.length), 0)
  return texts.map((line, index) => `${(who[index] ?? '').padEnd(width)}  ${line}\n`).join('')
}

function changeWords({ what, part, line, deleted = '', inserted = '' }: PartChanged): string {
  if (what !== 'text') return `${what.replace('_', ' ')} ${part}`
  const where = part === '' ? `line ${line ?? 1}` : `${part}, line ${line ?? 1}`
  const minus = deleted === '' ? '' : ` -${shown(deleted)}`
  const plus = inserted === '' ? '' : ` +${shown(inserted)}`
  return `${where}:${minus}${plus}`
}

/** In quotes, so that line breaks and controls of a text are no terminal's. */
function shown(text: string): string {
  return JSON.stringify(
    text.length > SHOWN_CHARACTERS ? `${text.slice(0, SHOWN_CHARACTERS)}…` : text,
  )
}

function timeOf(atMs: number): string {
  return new Date(atMs).toISOString().slice(0, 19).replace('T', ' ')
}

import type { DocumentDurability } from '../../messages/documents.ts'
import type { ConnectionState } from '../connection/connection.ts'
import type { ProjectConnectionState } from '../connection/project-connection.ts'
import type { SaveState } from './save-state.ts'
import { plural } from './words.ts'

export interface ConnectionSummary {
  /** What the button says; an honest word for the worst that is true. */
  readonly text: string
  /** The shape beside it. */
  readonly tone: 'good' | 'busy' | 'warning'
}

/** What `Saved` promises, in a sentence. */
export const DURABILITY_WORDS: Record<DocumentDurability, string> = {
  process:
    'What is saved is in the journal on the server: a crash of Salvus takes nothing of it, a power failure there at most the last tenth of a second.',
  power:
    'What is saved is on the server’s disk: neither a crash nor a power failure there takes anything of it.',
}

/** The state of everything on the page in a few words. */
export function summarize(
  connection: ConnectionState,
  project: ProjectConnectionState | undefined,
  saves: ReadonlyMap<string, SaveState>,
): ConnectionSummary {
  const kept = [...saves.values()].reduce((sum, save) => sum + save.changes, 0)
  const keptText = keptWords(
    plural(kept, 'change'),
    [...saves.values()].filter(({ changes }) => changes > 0),
  )
  const states = new Set([...saves.values()].map((save) => save.state))
  if (connection.kind === 'offline')
    return {
      text: kept > 0 ? `Offline, ${keptText}` : 'Offline',
      tone: 'warning',
    }
  if (connection.kind === 'connecting') return { text: 'Connecting', tone: 'busy' }
  if (connection.kind !== 'connected' || project?.kind === 'lost')
    return {
      text: kept > 0 ? `Reconnecting, ${keptText}` : 'Reconnecting',
      tone: 'warning',
    }
  if (states.has('failed')) return { text: 'Not saved', tone: 'warning' }
  if (project?.kind === 'closed') return { text: kept > 0 ? keptText : 'Closed', tone: 'warning' }
  if (states.has('offline') && kept > 0) return { text: `Offline, ${keptText}`, tone: 'warning' }
  if (states.has('saving') || states.has('offline')) return { text: 'Saving', tone: 'busy' }
  if (states.has('opening')) return { text: 'Opening', tone: 'busy' }
  if (project?.kind === 'open' && project.role === 'viewer')
    return { text: 'Read-only', tone: 'good' }
  if (states.size === 1 && states.has('read_only')) return { text: 'Read-only', tone: 'good' }
  if (project?.kind === 'opening') return { text: 'Opening', tone: 'busy' }
  return { text: project?.kind === 'open' ? 'Saved' : 'Connected', tone: 'good' }
}

/** Where changes are that were not sent. Kept is said only of what a tab that is killed now leaves behind. */
function keptWords(changes: string, saves: readonly SaveState[]): string {
  if (saves.some(({ unkept }) => unkept)) return `${changes} in this page only`
  if (saves.some(({ keeping }) => keeping)) return `keeping ${changes}`
  return `${changes} kept here`
}

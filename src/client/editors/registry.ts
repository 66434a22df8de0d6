import type { EditorModule } from './editor.ts'

/** A kind of editor: which files it opens, and how its code is loaded (a chunk of its own). */
interface EditorKind {
  readonly name: 'worksheet' | 'terminal' | 'text'
  readonly opens: (path: string) => boolean
  readonly load: () => Promise<EditorModule>
}

/** The first that fits opens it; the last fits everything. */
const KINDS: readonly EditorKind[] = [
  {
    name: 'worksheet',
    opens: (path) => path.endsWith('.sagews'),
    load: () => import('./worksheet/worksheet-editor.tsx'),
  },
  {
    name: 'terminal',
    opens: (path) => path.endsWith('.term'),
    load: () => import('./terminal/terminal-editor.tsx'),
  },
  {
    name: 'text',
    opens: () => true,
    load: () => import('./text/text-editor.tsx'),
  },
]

/** The editor that opens a file, by its name. */
export function editorKindOf(path: string): EditorKind {
  const name = path.toLowerCase()
  const kind = KINDS.find((candidate) => candidate.opens(name))
  if (!kind) throw new Error('bug: no editor opens everything')
  return kind
}

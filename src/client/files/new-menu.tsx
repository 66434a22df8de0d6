import { useState } from 'react'
import type { ReactNode } from 'react'

import { Menu } from '../ui/menu.tsx'
import { NameDialog } from './name-dialog.tsx'
import { freeName, joinPath } from './paths.ts'
import type { FileActions } from './use-file-actions.ts'

interface NewKind {
  readonly label: string
  readonly stem: string
  readonly extension: string
  readonly kind: 'file' | 'directory'
  readonly text?: string
}

const LATEX = `\\documentclass{article}
\\usepackage{amsmath}

\\title{Title}
\\author{}

\\begin{document}
\\maketitle

\\end{document}
`

const KINDS: readonly NewKind[] = [
  { label: 'Sage worksheet', stem: 'worksheet', extension: '.sagews', kind: 'file' },
  { label: 'Terminal', stem: 'terminal', extension: '.term', kind: 'file' },
  { label: 'Markdown', stem: 'notes', extension: '.md', kind: 'file' },
  { label: 'LaTeX', stem: 'document', extension: '.tex', kind: 'file', text: LATEX },
  { label: 'Text', stem: 'text', extension: '.txt', kind: 'file' },
  { label: 'Folder', stem: 'folder', extension: '', kind: 'directory' },
]

interface NewMenuProps {
  readonly folder: string
  readonly taken: ReadonlySet<string>
  readonly actions: FileActions
  readonly disabled: boolean
  readonly onOpen: (path: string) => void
  readonly onFolder: (path: string) => void
  readonly onUpload: () => void
}

/** `New`: what can be made in the folder that is shown; then straight into it. */
export function NewMenu(props: NewMenuProps): ReactNode {
  const [asked, setAsked] = useState<NewKind | undefined>(undefined)
  const make = async (kind: NewKind, name: string): Promise<void> => {
    const full = name.includes('.') || kind.extension === '' ? name : name + kind.extension
    const path = joinPath(props.folder, full)
    await props.actions.create(path, kind.kind, kind.text)
    if (kind.kind === 'directory') props.onFolder(path)
    else props.onOpen(path)
  }
  return (
    <>
      <Menu
        className="button button-primary"
        button="New"
        disabled={props.disabled}
        items={[
          ...KINDS.map((kind) => ({ label: kind.label, run: () => setAsked(kind) })),
          'separator',
          { label: 'Upload', run: props.onUpload },
        ]}
      />
      {asked && (
        <NameDialog
          title={`New ${asked.label === 'LaTeX' ? 'LaTeX document' : asked.label.replace(/^[MTF]/, lower)}`}
          label="Name"
          button="Create"
          initial={freeName(asked.stem, asked.extension, props.taken)}
          onName={(name) => make(asked, name)}
          onClose={() => setAsked(undefined)}
        />
      )}
    </>
  )
}

function lower(letter: string): string {
  return letter.toLowerCase()
}

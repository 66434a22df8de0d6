import type { KeyboardEvent, ReactNode } from 'react'

import type { FileEntry } from '../../messages/files.ts'
import { agoText, sizeText } from '../app/words.ts'
import { Menu } from '../ui/menu.tsx'
import type { MenuItem } from '../ui/menu.tsx'
import { isFolder } from './sort-entries.ts'

interface FileRowProps {
  readonly entry: FileEntry
  readonly selected: boolean
  readonly readOnly: boolean
  /** Shown in a tab now. */
  readonly current: boolean
  readonly onOpen: () => void
  readonly onSelect: (selected: boolean) => void
  readonly onRename: () => void
  readonly onMove: () => void
  readonly onDuplicate: () => void
  readonly onDelete: () => void
  readonly onDownload: () => void
}

/** One file or folder: select, open, and what can be done with it. */
export function FileRow(props: FileRowProps): ReactNode {
  const { entry, selected, readOnly } = props
  const folder = isFolder(entry)
  const changes: MenuItem[] = [
    { label: 'Rename', run: props.onRename },
    { label: 'Move', run: props.onMove },
    { label: 'Make a copy', run: props.onDuplicate },
    { label: 'Delete', run: props.onDelete, danger: true },
  ]
  return (
    <li className="file-row" data-current={props.current || undefined}>
      <input
        type="checkbox"
        aria-label={`Select ${entry.name}`}
        checked={selected}
        onChange={(event) => props.onSelect(event.target.checked)}
      />
      <button
        className="file-name"
        data-file-name=""
        onClick={props.onOpen}
        onKeyDown={(event) => press(event, props)}
      >
        <span className="file-sign" aria-hidden="true">
          {folder ? '▸' : signOf(entry.name)}
        </span>
        <span className="list-text">
          {entry.name}
          {folder ? <span className="visually-hidden"> (folder)</span> : null}
          <span className="hint file-facts">{factsOf(entry)}</span>
        </span>
      </button>
      <Menu
        className="icon-button"
        name={`Actions for ${entry.name}`}
        button={<span aria-hidden="true">⋮</span>}
        items={[
          { label: 'Open', run: props.onOpen },
          ...(folder ? [] : [{ label: 'Download', run: props.onDownload }]),
          ...(readOnly ? [] : changes),
        ]}
      />
    </li>
  )
}

function press(event: KeyboardEvent<HTMLElement>, props: FileRowProps): void {
  const actions: Record<string, (() => void) | undefined> = {
    ' ': () => props.onSelect(!props.selected),
    F2: props.readOnly ? undefined : props.onRename,
    Delete: props.readOnly ? undefined : props.onDelete,
    ArrowDown: () => focusNeighbour(event.currentTarget, 1),
    ArrowUp: () => focusNeighbour(event.currentTarget, -1),
  }
  const action = actions[event.key]
  if (!action) return
  event.preventDefault()
  action()
}

function focusNeighbour(from: HTMLElement, step: 1 | -1): void {
  const names = [...(from.closest('ul')?.querySelectorAll<HTMLElement>('[data-file-name]') ?? [])]
  names[names.indexOf(from) + step]?.focus()
}

function factsOf(entry: FileEntry): string {
  const modified = agoText(entry.modifiedMs, Date.now())
  const link = entry.kind === 'link' ? LINK_WORDS[entry.target ?? 'file'] : ''
  return (isFolder(entry) ? modified : `${sizeText(entry.sizeBytes)}, ${modified}`) + link
}

const LINK_WORDS = {
  file: ', link',
  directory: ', link',
  broken: ', broken link',
  outside: ', link out of the project',
} as const

const SIGNS: readonly (readonly [string, string])[] = [
  ['.sagews', '∑'],
  ['.term', '>'],
  ['.md', 'M'],
  ['.tex', 'T'],
  ['.py', 'P'],
]

function signOf(name: string): string {
  return SIGNS.find(([extension]) => name.toLowerCase().endsWith(extension))?.[1] ?? '·'
}

import type { ReactNode } from 'react'

import type { FileEntry } from '../../messages/files.ts'
import { Menu } from '../ui/menu.tsx'
import type { FileView } from './file-browser.tsx'
import { NewMenu } from './new-menu.tsx'
import type { FileActions } from './use-file-actions.ts'

interface FileToolbarProps {
  readonly folder: string
  readonly entries: readonly FileEntry[]
  readonly actions: FileActions
  readonly readOnly: boolean
  readonly view: FileView
  readonly onView: (view: FileView) => void
  readonly onOpen: (path: string) => void
  readonly onFolder: (path: string) => void
  readonly onUpload: () => void
  readonly onTrash: () => void
}

/** Above the list: what can be made, and how the list is shown. */
export function FileToolbar(props: FileToolbarProps): ReactNode {
  const { view, onView } = props
  return (
    <div className="file-toolbar">
      <NewMenu
        folder={props.folder}
        taken={new Set(props.entries.map((entry) => entry.name))}
        actions={props.actions}
        disabled={props.readOnly}
        onOpen={props.onOpen}
        onFolder={props.onFolder}
        onUpload={props.onUpload}
      />
      <input
        className="input"
        type="search"
        aria-label="Find a file"
        placeholder="Find a file"
        value={view.search}
        onChange={(event) => onView({ ...view, search: event.target.value })}
      />
      <Menu
        name="View"
        className="icon-button"
        button={<span aria-hidden="true">⇅</span>}
        items={[
          { label: 'Sort by name', run: () => onView({ ...view, order: 'name' }) },
          { label: 'Sort by last change', run: () => onView({ ...view, order: 'modified' }) },
          { label: 'Sort by size', run: () => onView({ ...view, order: 'size' }) },
          'separator',
          {
            label: view.hidden ? 'Hide hidden files' : 'Show hidden files',
            run: () => onView({ ...view, hidden: !view.hidden }),
          },
          'separator',
          { label: 'Trash', run: props.onTrash },
        ]}
      />
    </div>
  )
}

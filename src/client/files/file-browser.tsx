import { useEffect, useRef, useState } from 'react'
import type { DragEvent, KeyboardEvent, ReactNode } from 'react'

import { errorText } from '../app/error-text.ts'
import { Value } from '../app/observable.ts'
import type { ProjectConnection } from '../connection/project-connection.ts'
import { ErrorNote } from '../ui/notes.tsx'
import { isTyping } from '../ui/shortcut.ts'
import { useObservable } from '../ui/use-observable.ts'
import { Directory } from './directory.ts'
import type { DirectoryState } from './directory.ts'
import { droppedFiles } from './dropped-files.ts'
import { FileList } from './file-list.tsx'
import { FileToolbar } from './file-toolbar.tsx'
import { crumbsOf, folderOf } from './paths.ts'
import type { SortOrder } from './sort-entries.ts'
import { TrashView } from './trash-view.tsx'
import { UploadList } from './upload-list.tsx'
import type { Uploads } from './uploads.ts'
import { useFileActions } from './use-file-actions.ts'

interface FileBrowserProps {
  readonly project: ProjectConnection
  readonly uploads: Uploads
  readonly readOnly: boolean
  /** The path that is shown in a tab. */
  readonly current: string | undefined
  readonly folder: Value<string>
  readonly onOpen: (path: string) => void
}

export interface FileView {
  readonly order: SortOrder
  readonly hidden: boolean
  readonly search: string
}

const NOTHING = new Value<DirectoryState>({ entries: undefined, complete: true, gone: false })

/** The files of a project, one folder at a time. */
export function FileBrowser(props: FileBrowserProps): ReactNode {
  const { project, uploads, readOnly } = props
  const folder = useObservable(props.folder)
  const directory = useDirectory(project, folder)
  const state = useObservable(directory?.state ?? NOTHING)
  const actions = useFileActions(project)
  const [view, setView] = useState<FileView>({ order: 'name', hidden: false, search: '' })
  const [trash, setTrash] = useState(false)
  const [error, setError] = useState<string | undefined>(undefined)
  const input = useRef<HTMLInputElement>(null)
  const drop = useDrop((transfer) => {
    droppedFiles(transfer).then(
      (files) => uploads.add(folder, files),
      (reason: unknown) => setError(errorText(reason)),
    )
  })
  const goTo = (path: string): void => {
    setError(undefined)
    props.folder.set(path)
  }
  if (trash)
    return <TrashView project={project} readOnly={readOnly} onClose={() => setTrash(false)} />
  const upwards = (event: KeyboardEvent): void => {
    if (event.key === 'Backspace' && folder !== '' && !isTyping(event.target))
      goTo(folderOf(folder))
  }
  return (
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-element-interactions -- keys and drops of what is inside; each has a button too
    <section
      className="files"
      aria-label="Files"
      data-dropping={drop.over || undefined}
      onKeyDown={upwards}
      {...(readOnly ? {} : drop.handlers)}
    >
      <FileToolbar
        folder={folder}
        entries={state.entries ?? []}
        actions={actions}
        readOnly={readOnly || state.entries === undefined}
        view={view}
        onView={setView}
        onOpen={props.onOpen}
        onFolder={goTo}
        onUpload={() => input.current?.click()}
        onTrash={() => setTrash(true)}
      />
      <Crumbs folder={folder} onFolder={goTo} />
      <ErrorNote text={error ?? state.error} />
      <FileList
        key={folder}
        folder={folder}
        state={state}
        view={view}
        readOnly={readOnly}
        current={props.current}
        actions={actions}
        onOpen={props.onOpen}
        onFolder={goTo}
        onUpload={() => input.current?.click()}
      />
      <UploadList uploads={uploads} />
      <input
        ref={input}
        type="file"
        multiple
        hidden
        aria-label="Files to upload"
        onChange={(event) => {
          const files = [...(event.target.files ?? [])]
          uploads.add(
            folder,
            files.map((file) => ({ path: file.name, file })),
          )
          event.target.value = ''
        }}
      />
    </section>
  )
}

/** The folder's watched listing, for as long as it is shown. */
function useDirectory(project: ProjectConnection, folder: string): Directory | undefined {
  const [directory, setDirectory] = useState<Directory | undefined>(undefined)
  useEffect(() => {
    const opened = new Directory(project, folder)
    // oxlint-disable-next-line react/set-state-in-effect -- the watch is opened here and closed by the effect's end
    setDirectory(opened)
    return () => opened.close()
  }, [project, folder])
  return directory
}

interface Drop {
  readonly over: boolean
  readonly handlers: Record<'onDragOver' | 'onDragLeave' | 'onDrop', (event: DragEvent) => void>
}

function useDrop(dropped: (transfer: DataTransfer) => void): Drop {
  const [over, setOver] = useState(false)
  const handlers = {
    onDragOver: (event: DragEvent) => {
      if (!event.dataTransfer.types.includes('Files')) return
      event.preventDefault()
      setOver(true)
    },
    onDragLeave: () => setOver(false),
    onDrop: (event: DragEvent) => {
      event.preventDefault()
      setOver(false)
      dropped(event.dataTransfer)
    },
  }
  return { over, handlers }
}

interface CrumbsProps {
  readonly folder: string
  readonly onFolder: (path: string) => void
}

function Crumbs({ folder, onFolder }: CrumbsProps): ReactNode {
  if (folder === '') return null
  return (
    <nav className="crumbs" aria-label="Folders">
      <button className="button button-link" onClick={() => onFolder('')}>
        Project
      </button>
      {crumbsOf(folder).map(({ name, path }) => (
        <span key={path}>
          {' / '}
          {path === folder ? (
            <span aria-current="location">{name}</span>
          ) : (
            <button className="button button-link" onClick={() => onFolder(path)}>
              {name}
            </button>
          )}
        </span>
      ))}
    </nav>
  )
}

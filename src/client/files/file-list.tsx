import { useState } from 'react'
import type { ReactNode } from 'react'

import type { FileEntry } from '../../messages/files.ts'
import { errorText } from '../app/error-text.ts'
import { plural } from '../app/words.ts'
import { EmptyState, ErrorNote, InfoNote, Progress } from '../ui/notes.tsx'
import type { DirectoryState } from './directory.ts'
import type { FileView } from './file-browser.tsx'
import { FileRow } from './file-row.tsx'
import { MoveDialog } from './move-dialog.tsx'
import { NameDialog } from './name-dialog.tsx'
import { folderOf, joinPath } from './paths.ts'
import { isFolder, sortEntries } from './sort-entries.ts'
import type { FileActions } from './use-file-actions.ts'

interface FileListProps {
  readonly folder: string
  readonly state: DirectoryState
  readonly view: FileView
  readonly readOnly: boolean
  readonly current: string | undefined
  readonly actions: FileActions
  readonly onOpen: (path: string) => void
  readonly onFolder: (path: string) => void
  readonly onUpload: () => void
}

/** The entries of a folder, and what is done with the selected ones. */
export function FileList(props: FileListProps): ReactNode {
  const { folder, state, actions, readOnly } = props
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set())
  const [renaming, setRenaming] = useState<string | undefined>(undefined)
  const [moving, setMoving] = useState<readonly string[] | undefined>(undefined)
  const [error, setError] = useState<string | undefined>(undefined)
  const run = (work: Promise<void>): void => {
    setError(undefined)
    work.catch((reason: unknown) => setError(errorText(reason)))
  }
  const { entries } = state
  if (!entries) return state.error === undefined ? <Progress>Listing the files</Progress> : null
  const shown = sortEntries(entries, props.view.order, props.view)
  const chosen = shown.map(({ name }) => name).filter((name) => selected.has(name))
  const pathsOf = (names: readonly string[]): string[] =>
    names.map((name) => joinPath(folder, name))
  const remove = (names: readonly string[]): void => {
    setSelected(new Set())
    run(actions.remove(pathsOf(names)))
  }
  return (
    <>
      <ErrorNote text={error} />
      {state.gone && <InfoNote>This folder was deleted or renamed.</InfoNote>}
      {chosen.length > 0 && (
        <fieldset className="row selection plain" aria-label="Selected files">
          <span>{plural(chosen.length, 'file')} selected</span>
          {!readOnly && (
            <>
              <button className="button" onClick={() => setMoving(chosen)}>
                Move
              </button>
              <button className="button button-danger" onClick={() => remove(chosen)}>
                Delete
              </button>
            </>
          )}
          <button className="button button-quiet" onClick={() => setSelected(new Set())}>
            Select none
          </button>
        </fieldset>
      )}
      {shown.length === 0 && <Empty {...props} all={entries} />}
      <ul className="file-list" aria-label="Files">
        {shown.map((entry) => {
          const path = joinPath(folder, entry.name)
          return (
            <FileRow
              key={entry.name}
              entry={entry}
              readOnly={readOnly}
              current={props.current === path}
              selected={selected.has(entry.name)}
              onSelect={(on) => setSelected(toggled(selected, entry.name, on))}
              onOpen={() => (isFolder(entry) ? props.onFolder(path) : props.onOpen(path))}
              onRename={() => setRenaming(entry.name)}
              onMove={() => setMoving([entry.name])}
              onDuplicate={() =>
                run(actions.duplicate(path, new Set(entries.map(({ name }) => name))))
              }
              onDelete={() => remove([entry.name])}
              onDownload={() => run(actions.download(path))}
            />
          )
        })}
      </ul>
      {!state.complete && <InfoNote>There are more files in this folder than are listed.</InfoNote>}
      {renaming !== undefined && (
        <NameDialog
          title={`Rename ${renaming}`}
          label="New name"
          button="Rename"
          initial={renaming}
          onName={(name) => actions.rename(joinPath(folder, renaming), name)}
          onClose={() => setRenaming(undefined)}
        />
      )}
      {moving && (
        <MoveDialog
          count={moving.length}
          folder={folder}
          folders={[folderOf(folder), ...pathsOf(entries.filter(isFolder).map(({ name }) => name))]}
          onMove={async (target) => {
            await actions.moveTo(pathsOf(moving), target)
            setSelected(new Set())
          }}
          onClose={() => setMoving(undefined)}
        />
      )}
    </>
  )
}

function toggled(set: ReadonlySet<string>, name: string, on: boolean): ReadonlySet<string> {
  const next = new Set(set)
  if (on) next.add(name)
  else next.delete(name)
  return next
}

function Empty(props: FileListProps & { readonly all: readonly FileEntry[] }): ReactNode {
  if (props.view.search !== '')
    return <EmptyState title={`No file here fits “${props.view.search}”`}>{null}</EmptyState>
  if (props.readOnly) return <EmptyState title="No files yet">{null}</EmptyState>
  return (
    <EmptyState title="No files yet">
      <p>Make one with New, or drop files here.</p>
      <button className="button" onClick={props.onUpload}>
        Upload files
      </button>
    </EmptyState>
  )
}

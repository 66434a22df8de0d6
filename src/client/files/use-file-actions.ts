import { useMemo } from 'react'

import { errorText } from '../app/error-text.ts'
import { useServices } from '../app/services.ts'
import { plural } from '../app/words.ts'
import type { ProjectConnection } from '../connection/project-connection.ts'
import { openRaw } from './open-raw.ts'
import { folderOf, freeName, joinPath, nameOf } from './paths.ts'

export interface FileActions {
  /** Made, and its path. Rejects where the name is taken. */
  readonly create: (path: string, kind: 'file' | 'directory', text?: string) => Promise<string>
  readonly rename: (path: string, name: string) => Promise<void>
  readonly moveTo: (paths: readonly string[], folder: string) => Promise<void>
  readonly duplicate: (path: string, taken: ReadonlySet<string>) => Promise<void>
  /** To the trash, with `Undo` in a note. */
  readonly remove: (paths: readonly string[]) => Promise<void>
  readonly download: (path: string) => Promise<void>
  readonly show: (path: string) => Promise<void>
}

/** What can be done with files. Each rejects with a message for where the person looks. */
export function useFileActions(project: ProjectConnection): FileActions {
  const { connection, toasts } = useServices()
  return useMemo(() => {
    const move = async (from: string, to: string): Promise<void> => {
      if (from !== to) await project.request('move_file', { from, to, onConflict: 'refuse' })
    }
    const restore = (trashIds: string[]): void => {
      project
        .request('restore_files', { trashIds, onConflict: 'rename' })
        .catch((error: unknown) => toasts.show(errorText(error)))
    }
    const { projectId } = project
    return {
      create: async (path, kind, text) => {
        const body = text === undefined ? { path, kind } : { path, kind, text }
        return (await project.request('create_file', body)).path
      },
      rename: (path, name) => move(path, joinPath(folderOf(path), name)),
      moveTo: async (paths, folder) => {
        for (const path of paths) await move(path, joinPath(folder, nameOf(path)))
      },
      duplicate: async (path, taken) => {
        const name = nameOf(path)
        const dot = name.lastIndexOf('.')
        const [stem, extension] = dot > 0 ? [name.slice(0, dot), name.slice(dot)] : [name, '']
        const to = joinPath(folderOf(path), freeName(`${stem}-copy`, extension, taken))
        await project.request('copy_file', { from: path, to, onConflict: 'rename' })
      },
      remove: async (paths) => {
        const { trashIds } = await project.request('delete_files', { paths: [...paths] })
        const [only] = paths
        const what =
          paths.length === 1 && only !== undefined ? nameOf(only) : plural(paths.length, 'file')
        toasts.show(`${what} moved to the trash`, { label: 'Undo', run: () => restore(trashIds) })
      },
      download: (path) => openRaw(connection, { projectId, path, how: 'download' }),
      show: (path) => openRaw(connection, { projectId, path, how: 'show' }),
    }
  }, [project, connection, toasts])
}
